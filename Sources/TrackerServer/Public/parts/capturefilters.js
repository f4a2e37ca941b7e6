// Which captures are wanted: by person, day and time of day, as the address says.

import { addDays, day as dayName, instantOf, today, zoneName, zonesDiffer } from "../lib/format.js";
import { fill, h, keepFocus } from "../lib/h.js";
import { field } from "./dialog.js";
import { chooser } from "./people.js";

// What the address asks for, as lib/captures.js takes it. Of one day the times are instants; of any day they stand for each.
export function wanted(query) {
  const { employee, day, from, to } = read(query);
  if (!day) return { employeeId: employee, since: from, until: to };
  const end = lastDay(query);
  return {
    employeeId: employee,
    from: instantOf(day, from || "00:00"),
    to: to ? instantOf(end, to, true) : instantOf(addDays(day, 1)),
  };
}

// On which day the time to is. A shift from 22:00 to 06:00 ends on the next one.
export function lastDay(query) {
  const { day, from, to } = read(query);
  return day && from && to && to <= from ? addDays(day, 1) : day;
}

// Whatever is no day or no time counts for nothing.
function read(query) {
  const [day, from, to] = ["day", "from", "to"].map((name) => query.get(name) ?? "");
  const isDay = /^(19[7-9]|2\d\d)\d-\d\d-\d\d$/.test(day) && !Number.isNaN(Date.parse(day)) && addDays(day, 0) === day;
  const time = (text) => (/^([01]\d|2[0-3]):[0-5]\d$/.test(text) ? text : "");
  return { employee: query.get("employee") ?? "", day: isDay ? day : "", from: time(from), to: time(to) };
}

// The fields. change(changes): the address is to say something else. `update(people)` shows what it says by now: the fields
// themselves stay, with the focus and what is being typed. others: stand behind them.
export function filters(view, change, ...others) {
  // While somebody types a year it is 0002, 0020, 0202.
  const later = ({ target }) => {
    clearTimeout(target.waits);
    target.waits = setTimeout(() => target.checkValidity() && change({ [target.name]: target.value }), 400);
  };
  const own = (label, type, name, limits) => field(label, { type, name, onchange: later, ...limits });
  const step = (sign, count) =>
    h("button", { type: "button", onclick: () => change({ day: addDays(read(view.query).day, count) }) }, sign);
  const person = h("div");
  const day = own("Day", "date", "day", { min: "1970-01-01", max: "2999-12-31" });
  const [before, after] = [step("←", -1), step("→", 1)];
  const now = h("button", { type: "button", onclick: () => change({ day: today() }) }, "Today");
  const all = h("button", { type: "button", onclick: () => change(everything) }, "Show everything");
  const [from, to] = [own("Time from", "time", "from"), own("Time to", "time", "to")];
  const onward = h("small", { role: "status" });
  const element = h(
    "form.row.controls.captures", { onsubmit: (event) => event.preventDefault() }, person, h("div.row.tight", before, day, after, now),
    h("div.row.tight", from, to, onward), all, others, zonesDiffer() && h("small", `Days and times of ${zoneName()}`));

  const select = () => element.elements.employee;
  let listed = null;

  const update = (people) => {
    const asked = read(view.query);
    if (people === listed) select().value = asked.employee;
    // The same one stays as long as it may: letters and arrows go on from what is chosen.
    if (people !== listed || select().value !== asked.employee) {
      listed = people;
      keepFocus(person, () => fill(person, chooser(people, asked.employee, (id) => change({ employee: id }))));
    }
    for (const name of ["day", "from", "to"]) {
      const input = element.elements[name];
      if (input !== document.activeElement) input.value = asked[name];
    }
    for (const [button, words, count] of [[before, "Previous day", -1], [after, "Next day", 1]]) {
      button.hidden = !asked.day;
      button.title = button.ariaLabel = asked.day ? `${words}: ${dayName(addDays(asked.day, count))}` : words;
    }
    const last = lastDay(view.query);
    onward.textContent = last === asked.day ? "" : `on ${dayName(last)}`;
    now.hidden = asked.day === today();
    all.hidden = !Object.values(asked).some(Boolean);
    // What has done its work goes.
    if (element.contains(document.activeElement) && document.activeElement.hidden) select().focus();
  };
  return { element, update };
}

export const everything = { employee: null, day: null, from: null, to: null };
