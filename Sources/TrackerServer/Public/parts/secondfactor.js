// A manager's second factor: an authenticator app, and codes for when that is lost.

import { get, post, remove } from "../lib/api.js";
import { h, fill } from "../lib/h.js";
import { field, form, openDialog, openForm, say } from "./dialog.js";
import { qrCode } from "./qr.js";
import { showSecrets } from "./secret.js";

// A field for codes: the app's have six digits, the others are longer.
export const codeField = () => field(
  "Code", { name: "code", autocomplete: "one-time-code", autocapitalize: "none", spellcheck: "false", required: true },
  "Of your app, or a recovery code");

export function secondFactor(view) {
  const place = h("div");
  const load = () => view.load(place, () => get("/api/me", {}, { signal: view.signal }), ({ secondFactor }) => (secondFactor
    ? [
      h("p", "Signing in takes a code of your authenticator app."),
      h("p", h("button", { type: "button", onclick: () => dismiss(load) }, "Remove the second factor")),
    ]
    : [
      h("p", "Your password alone signs you in."),
      h("p", h("button", { type: "button", onclick: () => setUpInDialog(load) }, "Set up an authenticator app")),
    ]));
  load();
  return h("section", h("h2", "Second factor"), place);
}

function setUpInDialog(reload) {
  const place = h("div");
  const element = openDialog("An authenticator app", place);
  setUp(place, () => {
    element.close();
    reload();
  }, () => element.close());
}

// Fills `place`; calls `done` when the app is known, and its recovery codes were seen.
export async function setUp(place, done, cancel) {
  let secret;
  try {
    secret = await post("/api/auth/totp", {}, { asks: false });
  } catch (error) {
    return fill(place, h("p.bad", { role: "alert" }, error.message));
  }
  fill(
    place, h("p", "Scan this with the app, or type the secret, and then the code that the app shows."),
    qrCode(secret.uri, "QR code of the secret"),
    h("p", h("code.secret", { tabindex: 0, "data-uri": secret.uri }, secret.secret.match(/.{1,4}/g).join(" "))),
    form({
      fields: field("Code", { name: "code", inputmode: "numeric", autocomplete: "one-time-code", required: true }),
      action: "Confirm",
      submit: async ({ code }) => {
        const { recoveryCodes } = await post("/api/auth/totp/confirm", { code }, { asks: false });
        await showSecrets(
          "Recovery codes", "They are shown only now. Each signs you in once, when the app is lost: keep them somewhere else.",
          recoveryCodes);
        done();
      },
      cancel,
    }));
  place.querySelector("[name=code]").focus();
}

function dismiss(reload) {
  openForm("Remove the second factor", {
    fields: codeField(),
    intro: "From then on your password alone signs you in.",
    action: "Remove",
    submit: async ({ code }) => {
      await remove("/api/auth/totp", { code }, { asks: false });
      say("Removed.");
      reload();
    },
  });
}
