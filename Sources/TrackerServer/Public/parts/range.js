// Which days a report is about, and by what they are divided. The address says it.

import { addDays } from "../lib/format.js";
import { h } from "../lib/h.js";

const periods = {
  "today": "Today", "yesterday": "Yesterday", "this-week": "This week", "last-week": "Last week",
  "this-month": "This month", "last-month": "Last month",
};
const divisions = { day: "Day", week: "Week", month: "Month", range: "Whole range" };
// The most days that the server reports of at once.
const longest = 400;

// The days that the address asks for, as the interface takes them.
export function daysOf(query) {
  if (query.has("from") || query.has("to")) return { from: query.get("from"), to: query.get("to") };
  return { period: query.get("period") ?? "this-week" };
}

const isDay = (text) => /^\d{4}-\d\d-\d\d$/.test(text ?? "") && !Number.isNaN(Date.parse(text));

function wrong(first, last) {
  if (last < first) return "The last day is before the first.";
  return last >= addDays(first, longest) ? `At most ${longest} days at once.` : "";
}

export const divisionOf = (query) => query.get("by") ?? "day";

// element: the controls. changed() is called when the address asks for something else; shown({ from, to }) is to be called with
// the days that the server has answered with. problem(): why the days can't be asked for, in words.
export function rangeControls(view, changed, ...others) {
  const buttons = Object.entries(periods).map(([period, words]) =>
    h("button", { type: "button", "data-period": period, onclick: () => ask({ period, from: null, to: null }) }, words));
  const [first, last] = ["from", "to"].map((name) => h("input", { type: "date", name, required: true, oninput: typed }));
  const by = h(
    "select", { name: "by", onchange: () => ask({ by: by.value }) },
    Object.entries(divisions).map(([division, words]) => h("option", { value: division }, words)));
  const element = h(
    "form.controls", { onsubmit },
    h(
      "div.row", h("div.choices", { role: "group", "aria-label": "Days" }, buttons),
      h("label.field", h("span", "From"), first), h("label.field", h("span", "To"), last), h("button", { type: "submit" }, "Show")),
    h("div.row", h("label.field", h("span", "A row for each"), by), others));

  // What stands in the fields: the days that the server answered with last, or others that were typed since.
  let days;
  let isTyped = false;

  function ask(changes) {
    if ("from" in changes) [days, isTyped] = [null, false];
    view.choose(changes);
    mark();
    changed();
  }

  function typed() {
    isTyped = true;
    check();
  }

  // Says it at the field, before anything is asked.
  function check() {
    last.setCustomValidity(first.value && last.value ? wrong(first.value, last.value) : "");
  }

  // Of the days that the address asks for, whatever is being typed.
  function problem() {
    const { period, from, to } = daysOf(view.query);
    if (period) return "";
    return isDay(from) && isDay(to) ? wrong(from, to) : "Choose the first and the last day.";
  }

  function onsubmit(event) {
    event.preventDefault();
    ask({ period: null, from: first.value, to: last.value });
  }

  function mark() {
    const { period } = daysOf(view.query);
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.period === period));
    by.value = divisionOf(view.query);
  }

  // Days that somebody is choosing are left alone, also while the same ones are shown anew.
  function shown({ from, to }) {
    if (isTyped || days === from + to) return;
    days = from + to;
    [first.value, last.value] = [from, to];
    check();
  }

  const asked = daysOf(view.query);
  [first.value, last.value] = [asked.from ?? "", asked.to ?? ""];
  check();
  mark();
  return { element, shown, problem };
}
