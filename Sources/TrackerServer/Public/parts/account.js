// One's own account: a new password.

import { post } from "../lib/api.js";
import { h } from "../lib/h.js";
import { field, openForm, say } from "./dialog.js";

export const account = (me) => h(
  "section", h("h2", "Your account"), h("p", h("button", { type: "button", onclick: () => change(me) }, "Change password")));

function change(me) {
  openForm("Change your password", {
    fields: [
      field("Current password", { type: "password", name: "current", autocomplete: "current-password", required: true }),
      field("New password", { type: "password", name: "next", autocomplete: "new-password", minlength: 10, maxlength: 256,
        required: true }, "10 to 256 characters"),
      field("Once more", { type: "password", name: "again", autocomplete: "new-password", required: true }),
    ],
    intro: me.role === "employee"
      ? "Everywhere else you are signed out, also in the client: it tracks again when you have signed in there anew."
      : "Everywhere else you are signed out.",
    action: "Change password",
    submit: async ({ current, next, again }) => {
      if (next !== again) throw new Error("The two new ones are not the same.");
      await post("/api/auth/password", { currentPassword: current, newPassword: next }, { asks: false });
      say("Your password is changed.");
    },
  });
}
