// Signing in: as a page of its own, and over a page whose login has ended.

import { get, post } from "../lib/api.js";
import { h, fill } from "../lib/h.js";
import { field, form, openDialog } from "./dialog.js";
import { codeField, setUp } from "./secondfactor.js";

const rule = "10 to 256 characters";
const titles = {
  password_change_required: "A password of your own", second_factor_setup_required: "A second factor",
};

// Fills `root` until somebody is in; resolves to what /api/me says.
export function signInPage(root) {
  return inAnyPage((resolve) => {
    const place = h("section.signin");
    fill(
      root, h("main.center", { id: "main" }, h("h1", "Time Tracker"), place, h(
        "p.quiet", "You need the client? ", h("a", { href: "/client" }, "Get it here"), ".")));
    signIn(place, resolve);
  });
}

// Over the page as it stands; resolves when somebody is in again. leave(): signs out.
export function signInAgain(failure, me, leave) {
  return inAnyPage((resolve) => {
    const place = h("section");
    const title = titles[failure.code] ?? "Sign in again";
    const element = openDialog(title, place, { mustAnswer: true });
    const done = (now) => {
      element.close();
      // Somebody else's page is not to be shown to whoever signs in now.
      if (me && now.email !== me.email) location.reload();
      resolve(now);
    };
    if (failure.code === "password_change_required") changePassword(place, undefined, done);
    else if (failure.code === "second_factor_setup_required") setUpFactor(place, done);
    // Whoever can't or will not do it now.
    if (titles[failure.code]) element.append(h("p.quiet", "Not now? ", h("button", { type: "button", onclick: leave }, "Sign out")));
    else signIn(place, done, me?.email, `Your login has ended.${hasTyped() ? " What you typed is still here." : ""}`);
    return done;
  });
}

const hasTyped = () => document.querySelector("form.stack [data-typed]") !== null;

// As a promise whose `begin(resolve)` answers what is done when somebody is in, be it by another page of this browser.
function inAnyPage(begin) {
  const channel = new BroadcastChannel("sign-in");
  let done;
  const result = new Promise((resolve) => (done = begin(resolve) ?? resolve));
  channel.onmessage = () => get("/api/me", {}, { asks: false }).then(done, () => {});
  return result.finally(() => {
    channel.postMessage(null);
    channel.close();
  });
}

function signIn(place, done, email, intro) {
  fill(
    place, intro && h("p", intro),
    form({
      fields: [
        field("Email", { type: "text", inputmode: "email", name: "email", autocomplete: "username", required: true,
          value: email ?? "", autocapitalize: "none", spellcheck: "false" }),
        field("Password", { type: "password", name: "password", autocomplete: "current-password", required: true }),
      ],
      action: "Sign in",
      submit: async ({ email, password }) => {
        try {
          await logIn({ email, password }, place, done);
        } catch (error) {
          if (error.code !== "second_factor_required") throw error;
          askCode({ email, password }, place, done);
        }
      },
    }));
  place.querySelector(email ? "[name=password]" : "[name=email]").focus();
}

async function logIn(credentials, place, done) {
  const answer = await post("/api/auth/login", { ...credentials, cookie: true }, { asks: false })
    .catch((failure) => {
      if (failure.code !== "invalid_credentials") throw failure;
      throw new Error(credentials.code ? "The code is wrong." : "Email or password is wrong.");
    });
  if (answer.mustChangePassword) changePassword(place, credentials.password, done);
  else done(await get("/api/me", {}, { asks: false }));
}

// The password was right, and is not all.
function askCode(credentials, place, done) {
  fill(
    place, form({
      fields: codeField(),
      action: "Sign in",
      submit: ({ code }) => logIn({ ...credentials, code }, place, done),
    }));
  place.querySelector("[name=code]").focus();
}

// Nothing else is open to them before.
function setUpFactor(place, done) {
  const intro = h("p", "Managers need a second factor here. Set one up to go on.");
  const rest = h("div");
  fill(place, intro, rest);
  setUp(rest, async () => done(await get("/api/me", {}, { asks: false })));
}

// A temporary password is good for nothing but this.
function changePassword(place, current, done) {
  fill(
    place, h("p", "Your password is temporary. Choose one of your own."),
    form({
      fields: [
        current === undefined
          && field("Temporary password", { type: "password", name: "current", autocomplete: "current-password", required: true }),
        field("New password", { type: "password", name: "next", autocomplete: "new-password", minlength: 10, maxlength: 256,
          required: true }, rule),
        field("Once more", { type: "password", name: "again", autocomplete: "new-password", required: true }),
      ],
      action: "Change password",
      submit: async (values) => {
        if (values.next !== values.again) throw new Error("The two are not the same.");
        const body = { currentPassword: current ?? values.current, newPassword: values.next };
        await post("/api/auth/password", body, { asks: false });
        done(await get("/api/me", {}, { asks: false }));
      },
    }));
  place.querySelector("input")?.focus();
}
