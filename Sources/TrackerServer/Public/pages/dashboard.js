// What goes on right now: who works, today's hours, the latest captures. It moves as things happen.

import { get } from "../lib/api.js";
import { duration, number, today } from "../lib/format.js";
import { h, fill } from "../lib/h.js";
import { office, stateOf } from "../lib/office.js";
import { badge, empty, zoneNote } from "../lib/view.js";
import { openViewer, picture, recentWords, timeToday } from "../parts/picture.js";

const newest = 12;
// Who works stands first, and who has gone home last.
const order = ["working", "idle", "online", "off"];

export async function show(view) {
  const organization = h("p.quiet", "\u00a0");
  const [people, captures] = [h("section", { "aria-label": "People" }), h("section", { "aria-label": "Latest captures" })];
  const counts = h("p.counts");
  const place = h("div.dashboard", people);
  view.root.append(organization, zoneNote() || "", place);
  const ask = (path, query) => get(path, query, { signal: view.signal });

  let staff = [];
  let day;
  const nameOf = (id) => staff.find(({ employeeId }) => employeeId === id)?.name || id;

  const loadHours = async () => {
    const { employees } = await ask("/api/work/summary", { period: "today", by: "day", all: 1 });
    staff = employees.map(({ employeeId, name, rows }) => ({ employeeId, name: name || employeeId, hours: rows[0] }));
    for (const { employeeId, hours } of staff) if (hours) office.noteHours(employeeId, hours);
    // Among those of the same state it stays as the list of employees is.
    const rank = ({ employeeId, hours }) => order.indexOf(stateOf(employeeId)[0]) * 2 + (hours ? 0 : 1);
    staff.sort((one, other) => rank(one) - rank(other));
  };

  const showHours = () => {
    if (!staff.length) return beginning();
    const sum = (name) => staff.reduce((total, { hours }) => total + (hours?.[name] ?? 0), 0);
    showCounts();
    return [
      counts,
      h(
        "table.cards",
        h("thead", h("tr", h("th", "Person"), h("th", "Now"), h("th", "First login"), h("th.number", "Net today"), h("th.number", "Idle"))),
        h("tbody", staff.map(person)),
        h("tfoot", h(
          "tr", h("th", { scope: "row", colspan: 3 }, "All"),
          h("td.number", { "data-name": "Net" }, duration(sum("netActiveSeconds"))),
          h("td.number", { "data-name": "Idle" }, duration(sum("totalIdleSeconds")))))),
    ];
  };

  const person = ({ employeeId: id, name, hours }) => h(
    hours ? "tr" : "tr.nothing",
    h("th", { scope: "row" }, h("a", { href: `/hours?employee=${encodeURIComponent(id)}`, "data-key": id }, name)),
    h("td", { "data-id": id }, badge(stateOf(id))),
    h("td", { "data-name": "First login" }, hours?.firstLogin ? timeToday(hours.firstLogin) : "–"),
    h("td.number", { "data-name": "Net" }, duration(hours?.netActiveSeconds ?? 0)),
    h("td.number", { "data-name": "Idle" }, duration(hours?.totalIdleSeconds ?? 0)));

  function showCounts() {
    const all = staff.map(({ employeeId }) => stateOf(employeeId)[0]);
    const count = (kind, words) => h("span", h("strong", number(all.filter((each) => each === kind).length)), ` ${words}`);
    fill(
      counts, count("working", "tracking"), all.includes("idle") && count("idle", "idle"), count("online", "online, not tracking"),
      count("off", "away"));
  }

  const showStates = () => {
    for (const cell of people.querySelectorAll("[data-id]")) fill(cell, badge(stateOf(cell.dataset.id)));
    showCounts();
  };

  const showCaptures = (list) => [
    h("h2", "Latest captures"),
    list.length
      ? h("ul.grid", list.map((capture, index) => h("li", picture(
        capture, nameOf(capture.employeeId), () => openViewer(list, index, { nameOf }), recentWords(capture.ts)))))
      : empty("There are none yet. They appear here by themselves as soon as somebody tracks."),
  ];

  const refreshHours = () => view.load(people, loadHours, showHours);
  const refreshCaptures = () => view.load(captures, () => (day = today()) && ask("/api/uploads/list", { limit: newest }), showCaptures);
  const refreshName = async () => {
    const { organization: { name } } = await ask("/api/org");
    organization.textContent = name || "\u00a0";
  };

  view.on("presence", showStates);
  for (const name of ["session", "correction", "account"]) view.on(name, refreshHours);
  view.on("capture", refreshCaptures);
  view.on("organization", ({ name }) => (organization.textContent = name || "\u00a0"));
  view.on("hello", () => {
    refreshHours();
    refreshCaptures();
  });
  // Hours run on while somebody works; no event tells each second.
  view.every(60_000, () => {
    refreshHours();
    // What was of today is not any more.
    if (day !== today()) refreshCaptures();
  });
  // A name that does not come holds nothing up.
  refreshName().catch(() => {});
  await refreshHours();
  // Only now it is known where they stand, and who is on them.
  place.append(captures);
  await refreshCaptures();
}

// What a new office has to do.
const beginning = () => [
  h("h2", "Nobody works here yet"),
  h(
    "ol",
    h("li", h("a", { href: "/setup" }, "Add the first employee"), ". You are shown a temporary password for them, once."),
    h("li", "They get ", h("a", { href: "/client" }, "the client"), " for Linux, sign in with it and choose a password of their own."),
    h("li", "In ", h("a", { href: "/hours" }, "Work hours"), " you choose how often their screen is captured, or hours only.")),
  h("p.quiet", "From then on this page shows who works, by itself."),
];
