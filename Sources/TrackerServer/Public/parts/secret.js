// What is seen once and never again.

import { h, fill } from "../lib/h.js";
import { copy } from "./copy.js";
import { openDialog } from "./dialog.js";

// Shows secrets, which can be copied together; it goes when somebody says so.
export function showSecrets(title, words, secrets) {
  return new Promise((resolve) => {
    const shown = h("div", secrets.map((secret) => h("p", h("code.secret", { tabindex: 0 }, secret))));
    const copied = h("span.quiet", { role: "status" });
    const element = openDialog(title, [
      h("p", words),
      shown,
      h(
        "div.actions", copied,
        h("button", {
          type: "button",
          onclick: async () => fill(copied, await copy(shown, secrets.join("\n"))),
        }, "Copy"),
        h("button.main", { type: "button", onclick: () => element.close() }, "Done")),
    ], { mustAnswer: true });
    element.addEventListener("close", () => resolve());
  });
}
