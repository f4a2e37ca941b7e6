// What goes on right now: who works, today's hours, the latest captures. It moves as things happen.

import { get } from "../lib/api.js";
import { duration, time } from "../lib/format.js";
import { h, fill } from "../lib/h.js";
import { empty } from "../lib/view.js";
import { badge, loadPeople, stateOf } from "../parts/people.js";
import { openViewer, picture } from "../parts/picture.js";

const newest = 12;

export async function show(view) {
  const organization = h("p.quiet", "\u00a0");
  const [people, captures] = [h("section", { "aria-label": "People" }), h("section", { "aria-label": "Latest captures" })];
  view.root.append(organization, people);
  const ask = (path, query) => get(path, query, { signal: view.signal });

  let staff;
  let idle = new Map();
  const idleNow = new Set();

  const loadHours = async () => {
    staff = await loadPeople(view.signal);
    const summary = await ask("/api/work/summary/today");
    for (const row of summary.employees) {
      const before = idle.get(row.employeeId);
      // Idle in all of the time since it was looked at last.
      if (before && row.totalIdleSeconds - before.idle >= row.totalActiveSeconds - before.active - 1
        && row.totalActiveSeconds > before.active) idleNow.add(row.employeeId);
      else if (before && row.totalIdleSeconds === before.idle) idleNow.delete(row.employeeId);
    }
    idle = new Map(summary.employees.map((row) => [row.employeeId, { idle: row.totalIdleSeconds, active: row.totalActiveSeconds }]));
    return summary;
  };

  const showHours = (summary) => {
    const rows = new Map(summary.employees.map((row) => [row.employeeId, row]));
    const ids = [...staff.users.map(({ email }) => email), ...summary.employees.filter((row) => !row.registered).map((row) => row.employeeId)];
    if (!ids.length) return empty("Nobody works here yet. ", h("a", { href: "/setup" }, "Add the first employee"), ".");
    return h(
      "table.cards",
      h("thead", h("tr", h("th", "Person"), h("th", "Now"), h("th", "First login"), h("th.number", "Net today"), h("th.number", "Idle"))),
      h("tbody", ids.map((id) => person(id, rows.get(id)))),
      h("tfoot", h(
        "tr", h("th", { scope: "row", colspan: 3 }, "All"),
        h("td.number", { "data-name": "Net" }, duration(sum(summary.employees, "netActiveSeconds"))),
        h("td.number", { "data-name": "Idle" }, duration(sum(summary.employees, "totalIdleSeconds"))))));
  };

  const person = (id, row) => h(
    "tr", h("th", { scope: "row" }, h("a", { href: `/hours?employee=${encodeURIComponent(id)}`, "data-key": id }, staff.nameOf(id))),
    h("td", { "data-id": id }, badge(stateOf(id, idleNow.has(id)))),
    h("td", { "data-name": "First login" }, row?.loginTimes[0] ? time(row.loginTimes[0]) : "–"),
    h("td.number", { "data-name": "Net" }, duration(row?.netActiveSeconds ?? 0)),
    h("td.number", { "data-name": "Idle" }, duration(row?.totalIdleSeconds ?? 0)));

  const showStates = () => {
    for (const cell of people.querySelectorAll("[data-id]")) fill(cell, badge(stateOf(cell.dataset.id, idleNow.has(cell.dataset.id))));
  };

  const showCaptures = (list) => {
    const open = (index) => openViewer(list, index, { nameOf: (id) => staff?.nameOf(id) ?? id });
    return list.length
      ? h("ul.grid", list.map((capture, index) => h("li", picture(capture, staff?.nameOf(capture.employeeId) ?? capture.employeeId, () => open(index)))))
      : empty("There are no captures yet. They appear here as clients send them.");
  };

  const refreshHours = () => view.load(people, loadHours, showHours);
  const refreshCaptures = () => view.load(captures, () => ask("/api/uploads/list", { limit: newest }), showCaptures);
  const refreshName = async () => {
    const { organization: { name } } = await ask("/api/org");
    organization.textContent = name || "\u00a0";
  };

  view.on("presence", showStates);
  for (const name of ["session", "correction", "account"]) view.on(name, refreshHours);
  view.on("capture", refreshCaptures);
  view.on("organization", refreshName);
  view.on("hello", () => {
    refreshHours();
    refreshCaptures();
  });
  // Hours run on while somebody works; no event tells each second.
  view.every(60_000, refreshHours);
  await Promise.all([refreshName(), refreshHours()]);
  // Only now it is known where they stand.
  view.root.append(h("h2", "Latest captures"), captures);
  await refreshCaptures();
}

const sum = (rows, name) => rows.reduce((total, row) => total + row[name], 0);
