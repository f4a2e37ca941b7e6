// Work hours: a row a person, of any day; opened, what the row is made of.

import { get } from "../lib/api.js";
import { daySpan, today, zoneName, zonesDiffer } from "../lib/format.js";
import { fill, h } from "../lib/h.js";
import { empty, failed } from "../lib/view.js";
import { dayAsked, dayChooser } from "../parts/day.js";
import { columns, headings, isActive, personRow, totals } from "../parts/hoursrow.js";
import { intervalWords, showInterval } from "../parts/interval.js";
import { hoursWords } from "../parts/made.js";
import { workday } from "../parts/workday.js";

export async function show(view) {
  let day = dayAsked(view.query);
  let staff = [];
  const people = new Map();
  // The one whose day is shown: `{ id, row, content }`.
  let opened = null;
  let asked = new AbortController();
  const [notice, place] = [h("div"), h("section", { "aria-label": "Hours" })];
  const [body, foot] = [h("tbody"), h("tfoot")];
  const table = h("table.cards.hours", headings(), body, foot);
  const chooser = dayChooser(day, showDay);
  view.root.append(
    chooser, zonesDiffer() ? h("p.quiet", `Times are those of ${zoneName()}.`) : "", notice, place, h("p.quiet", intervalWords, h("br"), hoursWords));

  // An answer that comes when another one is wanted is not shown.
  async function ask() {
    asked.abort();
    asked = new AbortController();
    const options = { signal: AbortSignal.any([asked.signal, view.signal]) };
    const [summary, { intervals }] = await Promise.all([
      get("/api/work/summary", { from: day, to: day, by: "day", all: 1 }, options), get("/api/capture-intervals", {}, options)]);
    return { staff: summary.employees, intervals };
  }

  function showAll({ staff: found, intervals }) {
    staff = found;
    fill(notice);
    if (!staff.length) return empty("Nobody works here yet. ", h("a", { href: "/setup" }, "Add the first employee"), ".");
    for (const employee of staff) {
      const { employeeId: id, name, registered } = employee;
      // One with another name, or without an account now, has another row.
      if (people.get(id)?.name !== name || people.get(id).registered !== registered) {
        people.set(id, { name, registered, ...personRow(employee, intervals[id], toggle) });
      }
      people.get(id).update(employee.rows[0]);
      showInterval(id, intervals[id]);
    }
    if (opened && !isListed(opened.id)) fill(notice, h("p.notice", `${opened.id} has nothing on this day, and no account.`));
    showOpened();
    fill(foot, totals(staff));
    return table;
  }

  const isListed = (id) => staff.some(({ employeeId }) => employeeId === id);

  // Rows that are in their place are not touched: what has the focus keeps it.
  function showOpened() {
    const rows = new Set();
    for (const { employeeId: id } of staff) {
      const { row, expand } = people.get(id);
      expand(id === opened?.id);
      rows.add(row);
      if (id === opened?.id) rows.add(opened.row);
    }
    for (const row of [...body.children]) if (!rows.has(row)) row.remove();
    let next = body.firstChild;
    for (const row of rows) {
      if (row === next) next = next.nextSibling;
      else body.insertBefore(row, next);
    }
  }

  async function showDay(wanted) {
    day = wanted;
    chooser.show(day);
    view.choose({ day: day === today() ? null : day });
    await Promise.all([opened && open(opened.id), view.load(place, ask, showAll)]);
  }

  // What is shown stays while newer numbers come, and when none do.
  async function refresh(isAll = false) {
    if (!view.query.has("day") && day !== today()) return showDay(today());
    try {
      const shown = showAll(await ask());
      if (!shown.isConnected) fill(place, shown);
      await (isAll ? opened?.content.refreshAll() : opened?.content.refresh());
    } catch (error) {
      if (error?.name !== "AbortError") fill(notice, failed(error, () => refresh(true)));
    }
  }

  function open(id) {
    const content = workday(view, id, people.get(id)?.name || id, day);
    const inside = h("div");
    opened = { id, content, row: h("tr.detail", h("td.wide", { colspan: columns }, inside)) };
    view.setQuery({ employee: id });
    showOpened();
    return view.load(inside, () => content.refreshAll(), () => content);
  }

  function toggle(id) {
    const { button } = people.get(id);
    const before = button.getBoundingClientRect().top;
    if (opened?.id === id) {
      opened = null;
      view.setQuery({ employee: null });
      showOpened();
    } else open(id);
    // What was open above took room: the button stays where it was pressed.
    scrollBy(0, button.getBoundingClientRect().top - before);
  }

  // Many begin at the same minute: the first is shown at once, those of the next second together.
  let waiting = null;
  function soon() {
    if (waiting) return void (waiting.again = true);
    waiting = { again: false };
    refresh();
    setTimeout(() => {
      const { again } = waiting;
      waiting = null;
      if (again && !view.signal.aborted) soon();
    }, 1000);
  }

  view.on("session", ({ session: { startedAt, endedAt } }) => {
    const [first, next] = daySpan(day);
    if (Date.parse(startedAt) < next && (!endedAt || Date.parse(endedAt) >= first)) soon();
  });
  view.on("correction", ({ correction }) => correction.date === day && soon());
  view.on("account", soon);
  view.on("capture", (capture) => capture.employeeId === opened?.id && opened.content.hear(capture));
  view.on("hello", () => refresh(true));
  // Hours run on while somebody works, and a day ends: no event tells.
  view.every(60_000, () => {
    if (staff.some(({ rows }) => isActive(rows[0])) || (!view.query.has("day") && day !== today())) refresh();
  });

  const wanted = view.query.get("employee");
  await Promise.all([wanted && open(wanted), view.load(place, ask, showAll)]);
  // Where most of it can be seen already nothing moves.
  const row = wanted && people.get(wanted)?.row;
  if (row?.getBoundingClientRect().top > innerHeight / 2) row.scrollIntoView({ block: "start" });
}
