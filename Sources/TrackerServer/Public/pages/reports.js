// Hours of any days, by day, week, month or as a whole, of one person or all; and the corrections of those days.

import { get, text } from "../lib/api.js";
import { daysBetween, days, exactTime, number, today } from "../lib/format.js";
import { h, fill, keepFocus } from "../lib/h.js";
import { empty } from "../lib/view.js";
import { correctionsTable, openCorrection, openRevocation } from "../parts/corrections.js";
import { say } from "../parts/dialog.js";
import { hoursWords } from "../parts/made.js";
import { chooser, loadPeople } from "../parts/people.js";
import { daysOf, divisionOf, rangeControls } from "../parts/range.js";
import { reportTable } from "../parts/report.js";

// More opened rows than these are no page any more, but a file.
const mostRows = 10_000;
const tooMuch = `Opened, this would be more than ${number(mostRows)} rows, so only the totals are shown. Choose one person, fewer days `
  + "or a row for each week or month; or download the CSV, which has them all.";
// So many opened rows stand in the address.
const mostOpened = 20;
const lengths = { day: 1, week: 7, month: 30 };

export async function show(view) {
  const place = h("section");
  view.root.append(place);
  const start = () => Promise.all([loadPeople(view.signal), get("/api/org", {}, { signal: view.signal })]);
  await view.load(place, start, ([people, { organization }]) => page(view, people, organization.name));
}

function page(view, people, organization) {
  const { query } = view;
  const ask = (path, more) => get(path, { ...daysOf(query), employeeId: query.get("employee"), ...more }, { signal: view.signal });
  const about = h("p.about");
  const limit = h("p.notice", { role: "status", hidden: true });
  const [hours, corrections] = [h("section", { "aria-label": "Hours" }), h("section", { "aria-label": "Corrections" })];
  const title = h("h2", { tabindex: -1 }, "Corrections");
  const person = h("span");
  const others = h("input", { type: "checkbox", checked: query.has("all"), onchange: () => choose({ all: others.checked ? 1 : null }) });
  const csv = h("a.button", { download: true }, "Download CSV");
  const all = h("button", { type: "button", onclick: openAll });
  const correct = (employee, date) => openCorrection({ people, employee, date, done });
  const revoke = (correction) => openRevocation(correction, people.nameOf(correction.employeeId), done);
  const range = rangeControls(
    view, refresh, person, h("label.check", others, " Also who has no hours"),
    h(
      "div.actions", all, h("button", { type: "button", onclick: () => correct(query.get("employee"), likelyDay()) }, "Correct hours"), csv,
      h("button", { type: "button", onclick: () => print() }, "Print")));
  let shown = null;

  const table = reportTable(view, {
    isOpen: (id, isAlone) => isAlone || query.has("everyone") || (query.get("open") ?? "").split(" ").includes(id),
    rowsOf: (id) => (query.get("rows") ?? "").split(" ").filter((row) => row.endsWith(`@${id}`)).map((row) => row.slice(0, -id.length - 1)),
    opened: (ids, rows) => {
      const isEvery = ids.length > 1 && ids.length === table.count();
      view.setQuery({
        everyone: isEvery ? 1 : null, open: isEvery ? null : ids.join(" "),
        rows: rows.slice(-mostOpened).map(([id, row]) => `${row}@${id}`).join(" "),
      });
      showAll();
    },
    tools: { correct, revoke },
  });

  const showChoice = () => keepFocus(
    person, () => fill(person, chooser(people, query.get("employee"), (employee) => choose({ employee }))));

  function choose(changes) {
    view.choose(changes);
    refresh();
  }

  function refresh() {
    csv.setAttribute("href", "/api/work/summary" + text({
      ...daysOf(query), by: divisionOf(query), employeeId: query.get("employee"), all: query.get("all"), format: "csv", bom: 1,
    }));
    const problem = range.problem();
    for (const element of [about, title, csv, all]) element.hidden = Boolean(problem);
    if (problem) limit.hidden = true;
    if (!problem) return Promise.all([refreshHours(), refreshCorrections()]);
    fill(hours, empty(problem));
    fill(corrections);
  }

  const refreshHours = () => view.load(hours, () => ask("/api/work/summary", { by: "range", all: query.get("all") }), (report) => {
    shown = report;
    range.shown(report);
    fill(
      about, h("strong", organization), h("span", days(report.from, report.to)), h("span", `time zone ${report.zone}`),
      h("span", `as of ${exactTime(Date.now())}`));
    all.hidden = report.employees.length < 2;
    // More than a page takes, as the address may ask for, or because a longer range was chosen: it says so, and opens nobody.
    const opened = new Set(table.opened());
    limit.hidden = !isTooMuch(report.employees.filter(({ employeeId }) => query.has("everyone") || opened.has(employeeId)));
    if (!limit.hidden) {
      fill(limit, tooMuch);
      view.setQuery({ everyone: null, open: null, rows: null });
      table.openAll(false);
    }
    const element = table.show(report, divisionOf(query));
    showAll();
    return report.employees.length ? element : empty("Nobody has hours in these days. Choose other days, or tick “Also who has no hours”.");
  });

  const refreshCorrections = () => view.load(corrections, () => ask("/api/work/corrections"), (list) => (list.length
    ? correctionsTable(list, { nameOf: people.nameOf, revoke })
    : empty("Nothing was corrected in these days. “Correct hours” adds time to a day or takes it off, with a reason.")));

  const isEveryOpen = () => table.count() > 0 && table.opened().length === table.count();
  // Of a whole range each session is a row.
  const rowsOf = ({ total }) =>
    (lengths[divisionOf(query)] ? daysBetween(shown.from, shown.to) / lengths[divisionOf(query)] : total.sessions);
  const isTooMuch = (employees) => employees.length > 1 && employees.reduce((sum, each) => sum + rowsOf(each), 0) > mostRows;

  function showAll() {
    all.textContent = isEveryOpen() ? "Close all" : "Open all";
  }

  async function openAll() {
    const isOpen = !isEveryOpen();
    if (isOpen && isTooMuch(shown.employees)) return say(tooMuch);
    await table.openAll(isOpen);
  }

  async function done() {
    await refresh();
    // What was pressed may be gone with what it was about.
    if (document.activeElement === document.body) title.focus();
  }

  let isLooking = false;
  let isStale = false;
  // Many things may happen at once: one look after the other, not one for each.
  async function soon() {
    isStale = true;
    while (isStale && !isLooking && !view.signal.aborted) {
      [isStale, isLooking] = [false, true];
      await refreshHours();
      isLooking = false;
    }
  }
  // A day that is not shown would be the wrong one.
  const likelyDay = () => (!shown || isNow() ? today() : shown.from === shown.to ? shown.from : null);
  const isNow = () => shown && shown.from <= today() && today() <= shown.to;

  view.on("session", () => isNow() && soon());
  view.on("hello", () => shown && refresh());
  view.on("correction", () => {
    soon();
    refreshCorrections();
  });
  view.on("account", async () => {
    people = await loadPeople(view.signal);
    showChoice();
    refresh();
  });
  // Hours run on while somebody works; no event tells each minute.
  view.every(60_000, () => isNow() && soon());
  showChoice();
  refresh();
  return [range.element, about, limit, hours, h("p.quiet", hoursWords), title, corrections];
}
