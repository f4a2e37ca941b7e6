// What is seen once and never again.

import { h, fill } from "../lib/h.js";
import { openDialog } from "./dialog.js";

// Shows secrets, which can be copied together; it goes when somebody says so.
export function showSecrets(title, words, secrets) {
  return new Promise((resolve) => {
    const copied = h("span.quiet", { role: "status" });
    const element = openDialog(title, [
      h("p", words),
      secrets.map((secret) => h("p", h("code.secret", { tabindex: 0 }, secret))),
      h(
        "div.actions", copied,
        h("button", {
          type: "button",
          onclick: async () => {
            await navigator.clipboard.writeText(secrets.join("\n"));
            fill(copied, "Copied.");
          },
        }, "Copy"),
        h("button.main", { type: "button", onclick: () => element.close() }, "Done")),
    ], { mustAnswer: true });
    element.addEventListener("close", () => resolve());
  });
}
