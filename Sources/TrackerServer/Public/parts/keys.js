// Keys for programs.

import { get, post, remove } from "../lib/api.js";
import { date, dayOf, moment, shortMoment } from "../lib/format.js";
import { h } from "../lib/h.js";
import { empty } from "../lib/view.js";
import { confirm, field, openForm, say } from "./dialog.js";
import { showSecrets } from "./secret.js";

const scopes = { read: "Look", manage: "Look and change" };

// An administrator sees everybody's.
export function keys(view) {
  const place = h("div");
  const isAdministrator = view.me.role === "super_admin";
  const load = () => view.load(place, () => get("/api/keys", {}, { signal: view.signal }), ({ keys }) => (keys.length
    ? table(keys, isAdministrator, load)
    : empty("There is none. A program that sends one needs no password of yours.")));
  load();
  return h(
    "section", h("h2", "Keys for programs"), place,
    h("p.controls", h("button", { type: "button", onclick: () => make(load) }, "Make a key")));
}

const table = (rows, showsOwner, reload) => h(
  "table.cards",
  h("thead", h(
    "tr", h("th", "Name"), showsOwner && h("th", "Whose"), ["May", "Ends", "Last used"].map((name) => h("th", name)),
    h("th", h("span.hidden", "Actions")))),
  h("tbody", rows.map((row) => h(
    "tr", h("th", { scope: "row" }, row.name), showsOwner && h("td", { "data-name": "Whose" }, row.account),
    h("td", { "data-name": "May" }, scopes[row.scope]),
    h("td", { "data-name": "Ends" }, h("time", { datetime: row.expiresAt, title: moment(row.expiresAt) }, date(dayOf(row.expiresAt)))),
    h("td", { "data-name": "Last used" }, row.lastUsedAt ? shortMoment(row.lastUsedAt) : "Never"),
    h("td.wide", h("button.plain", {
      type: "button", "aria-label": `Remove: ${row.name}`, "data-key": `Remove ${row.id}`, onclick: () => dismiss(row, reload),
    }, "Remove"))))));

function make(reload) {
  openForm("A key for a program", {
    fields: [
      field("Name", { name: "name", maxlength: 200, required: true }, "What it is for"),
      h("label.field", h("span", "May"), h(
        "select", { name: "scope" }, Object.entries(scopes).map(([value, words]) => h("option", { value }, words)))),
      field("Days", { name: "days", type: "number", min: 1, max: 365, value: 90, required: true }, "1 to 365"),
    ],
    intro: "It can't sign in, watch live or make keys, and ends when somebody else resets your password.",
    action: "Make",
    submit: async ({ name, scope, days }) => {
      const { key, secret } = await post("/api/keys", { name, scope, expiresInDays: Number(days) });
      reload();
      showSecrets(
        ["The key ", h("bdi", key.name)], "It is shown only now. Programs send it as: Authorization: Bearer, and the key.", [secret]);
    },
  });
}

async function dismiss(row, reload) {
  if (!(await confirm(["Remove the key ", h("bdi", row.name), "?"], "Programs that send it are refused at once.", "Remove"))) return;
  try {
    await remove(`/api/keys/${encodeURIComponent(row.id)}`);
    say([h("bdi", row.name), " is removed."]);
  } catch (error) {
    say(error.message);
  }
  reload();
}
