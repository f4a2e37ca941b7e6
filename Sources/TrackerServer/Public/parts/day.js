// A choice of a day: the one before, the one after, today, or any.

import { addDays, day as words, today } from "../lib/format.js";
import { h } from "../lib/h.js";

// change(day) is called with 2026-03-02 when another day is chosen; `show(day)` says which one is shown.
export function dayChooser(shown, change) {
  const input = h("input", { type: "date", name: "day", min: "2000-01-01", max: "2999-12-31", required: true });
  const now = h("button", { type: "button", onclick: () => change(today()) }, "Today");
  const title = h("h2", { "aria-live": "polite" });
  const step = (label, sign, by) => h("button", { type: "button", "aria-label": label, title: label, onclick: () => change(addDays(shown, by)) }, sign);
  // While a date is typed it passes through others.
  input.addEventListener("change", () => input.validity.valid && input.value !== shown && change(input.value));
  const element = h(
    "div.days", title,
    h("div.row.controls", step("Previous day", "←", -1), h("label", h("span.hidden", "Day"), input), step("Next day", "→", 1), now));
  element.show = (day) => {
    shown = day;
    if (input.value !== day) input.value = day;
    now.setAttribute("aria-pressed", day === today());
    title.textContent = words(day) + (day === today() ? ", today" : "");
  };
  element.show(shown);
  return element;
}

// What an address says; today where it says nothing, or no day.
export function dayAsked(query) {
  const day = query.get("day") ?? "";
  return /^\d{4}-\d\d-\d\d$/.test(day) && Date.parse(day) && addDays(day, 0) === day ? day : today();
}
