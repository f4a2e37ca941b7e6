// The organization, its people, and one's own account.

import { get, patch, post, remove } from "../lib/api.js";
import { date, dayOf, moment } from "../lib/format.js";
import { h } from "../lib/h.js";
import { empty } from "../lib/view.js";
import { account } from "../parts/account.js";
import { confirm, field, form, openForm, say } from "../parts/dialog.js";
import { keys } from "../parts/keys.js";
import { secondFactor } from "../parts/secondfactor.js";
import { showSecrets } from "../parts/secret.js";
import { endSignIns, signIns } from "../parts/signins.js";

export async function show(view) {
  view.root.append(organization(view), people(view, "employees"));
  // Managers are an administrator's to set up.
  if (view.me.role === "super_admin") view.root.append(people(view, "managers"));
  view.root.append(account(view.me), secondFactor(view), signIns(view), keys(view));
}

function organization(view) {
  const place = h("div");
  const load = () => view.load(place, () => get("/api/org", {}, { signal: view.signal }), ({ organization }) => form({
    fields: field("Name", { name: "name", maxlength: 200, value: organization.name ?? "", autocomplete: "organization" }),
    action: "Save",
    submit: async ({ name }) => {
      await post("/api/org", { name });
      say("Saved.");
    },
  }));
  load();
  return h("section.narrow.line", h("h2", "Organization"), place);
}

// `kind` is what their path is called.
function people(view, kind) {
  const one = kind === "employees" ? "employee" : "manager";
  const place = h("div");
  const nobody = one === "employee"
    ? "There is no employee yet. Add the first one: they sign in with the client, which the page Client offers." : "There is no manager yet.";
  const load = () => view.load(place, () => get(`/api/${kind}`, {}, { signal: view.signal }), ({ users }) =>
    users.length ? table(users, kind, view, load) : empty(nobody));
  view.on("account", load);
  load();
  return h(
    "section",
    h(
      "div.head", h("h2", kind === "employees" ? "Employees" : "Managers"),
      h("button.main", { type: "button", onclick: () => add(kind, one, load) }, `Add ${one === "employee" ? "an" : "a"} ${one}`)),
    place);
}

const table = (users, kind, view, reload) => h(
  "table.cards",
  h("thead", h("tr", h("th", "Name"), h("th", "Email"), h("th", "Since"), h("th", h("span.hidden", "Actions")))),
  h("tbody", users.map((user) => person(user, kind, view, reload))));

// Names and emails stand by themselves in a sentence: some letters would turn the words around them.
function person(user, kind, view, reload) {
  const path = `/api/${kind}/${encodeURIComponent(user.email)}`;
  const name = user.name || user.email;
  const who = () => h("bdi", name);
  const action = (words, act) => h(
    "button.plain", { type: "button", onclick: act, "aria-label": `${words}: ${name}`, "data-key": `${words} ${user.email}` }, words);
  return h(
    "tr", h("th", { scope: "row" }, name), h("td.wide", { "data-name": "Email" }, user.email),
    h("td.wide", { "data-name": "Since" }, user.createdAt ? h("time", { datetime: user.createdAt, title: moment(user.createdAt) }, date(dayOf(user.createdAt))) : "–"),
    h(
      "td.wide.act", action("Rename", () => rename(who, user, path, reload)),
      user.email !== view.me.email && [
        action("Reset password", () => (kind === "managers" ? resetManager : reset)(who, path)),
        view.me.role === "super_admin" && action("End sign-ins", () => endSignIns(who, user.email)),
        action("Remove", () => dismiss(who, path, reload)),
      ]));
}

function add(kind, one, reload) {
  openForm(`A new ${one}`, {
    fields: [
      field("Email", { name: "email", type: "text", inputmode: "email", required: true, autocapitalize: "none", spellcheck: "false" }),
      field("Name", { name: "name", maxlength: 200 }),
    ],
    intro: "They get a temporary password, and choose their own when they first sign in.",
    action: "Add",
    submit: async ({ email, name }) => {
      const { user, temporaryPassword } = await post(`/api/${kind}`, { email, name });
      reload();
      showPassword(() => h("bdi", user.name || user.email), temporaryPassword);
    },
  });
}

function rename(who, user, path, reload) {
  openForm(["Rename ", who()], {
    fields: field("Name", { name: "name", maxlength: 200, value: user.name }),
    action: "Rename",
    submit: async ({ name }) => {
      await patch(path, { name });
      reload();
    },
  });
}

async function reset(who, path) {
  const words = [who(), " is signed out everywhere, and gets a temporary password."];
  if (!(await confirm(["Reset the password of ", who(), "?"], words, "Reset"))) return;
  try {
    const { temporaryPassword } = await post(`${path}/password`);
    showPassword(who, temporaryPassword);
  } catch (error) {
    say(error.message);
  }
}

// Whoever finds this page open must not be able to take over those who see everything.
function resetManager(who, path) {
  openForm(["Reset the password of ", who(), "?"], {
    fields: field("Your own password", { type: "password", name: "current", autocomplete: "current-password", required: true }),
    intro: [who(), " is signed out everywhere, and gets a temporary password."],
    action: "Reset",
    submit: async ({ current }) => {
      const { temporaryPassword } = await post(`${path}/password`, { currentPassword: current }, { asks: false });
      showPassword(who, temporaryPassword);
    },
  });
}

async function dismiss(who, path, reload) {
  const words = [who(), " is signed out everywhere and can't sign in any more. Hours and captures stay."];
  if (!(await confirm(["Remove ", who(), "?"], words, "Remove"))) return;
  try {
    await remove(path);
    say([who(), " is removed."]);
  } catch (error) {
    say(error.message);
  }
  reload();
}

function showPassword(who, password) {
  showSecrets(["The temporary password of ", who()], "It is shown only now. Give it to them by a safe way.", [password]);
}
