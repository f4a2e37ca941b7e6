// Dialogs and forms.

import { h, rememberFocus } from "../lib/h.js";

let dialogs = 0;

// Opens a dialog over the page; it goes with Escape, unless it has to be answered.
export function openDialog(title, content, { mustAnswer = false } = {}) {
  // One may lie over another.
  const id = `dialog-title-${++dialogs}`;
  const element = h("dialog", { "aria-labelledby": id }, h("h2", { id }, title), content);
  if (mustAnswer) element.addEventListener("cancel", (event) => event.preventDefault());
  // The one before it may be gone when this one goes.
  element.giveBack = document.activeElement.closest("dialog")?.giveBack ?? rememberFocus();
  element.addEventListener("close", () => {
    element.remove();
    // The browser has given it back where it could.
    if (document.activeElement === document.body) element.giveBack();
  });
  document.body.append(element);
  element.showModal();
  return element;
}

// Resolves to true when somebody agrees.
export function confirm(title, words, action) {
  return new Promise((resolve) => {
    const element = openDialog(
      title,
      h(
        "form", { method: "dialog" }, h("p", words),
        h(
          "div.actions", h("button", { type: "submit", value: "" }, "Cancel"),
          h("button.bad", { type: "submit", value: "yes" }, action))));
    element.addEventListener("close", () => resolve(element.returnValue === "yes"));
  });
}

// A labelled field: field("Email", { type: "email", name: "email" }).
export function field(label, attributes, hint) {
  const input = h("input", { autocomplete: "off", ...attributes });
  return h("label.field", h("span", label), input, hint && h("small", hint));
}

// A form that carries out `submit(values)` and says what went wrong, without losing what was typed.
export function form({ fields, action, submit, cancel }) {
  const said = h("p.bad", { role: "alert" });
  const button = h("button.main", { type: "submit" }, action);
  let isBusy = false;
  const element = h(
    "form.stack", fields, said,
    h("div.actions", cancel && h("button", { type: "button", onclick: cancel }, "Cancel"), button));
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isBusy) return;
    said.textContent = "";
    // Not `disabled`, which would take the focus from it.
    isBusy = true;
    button.ariaDisabled = "true";
    try {
      await submit(Object.fromEntries(new FormData(element)), element);
    } catch (error) {
      said.textContent = error.message;
    } finally {
      isBusy = false;
      button.ariaDisabled = null;
    }
  });
  return element;
}

// A form in a dialog; it closes when `submit` has gone well.
export function openForm(title, { fields, action, submit, intro }) {
  const element = openDialog(title, [
    intro && h("p", intro),
    form({
      fields, action,
      submit: async (values, form) => {
        await submit(values, form);
        element.close();
      },
      cancel: () => element.close(),
    }),
  ]);
  return element;
}

// Says something at the foot of the page, also to who does not see, for as long as it takes to read: it lies over what stands there.
// Returns the line, which can be taken away when it is not so any more.
export function say(words) {
  const place = document.getElementById("said");
  const line = h("p", words);
  // What was said before goes for it, but for the last.
  while (place?.childElementCount > 1) place.firstChild.remove();
  place?.append(line);
  setTimeout(() => line.remove(), 2500 + 60 * line.textContent.length);
  return line;
}
