// The table of work hours: its head, a person's row, and the totals.

import { duration, time } from "../lib/format.js";
import { fill, h } from "../lib/h.js";
import { badge } from "../lib/view.js";
import { intervalControl } from "./interval.js";
import { whenTaken } from "./picture.js";

export const columns = 8;

export const headings = () => h(
  "thead", h(
    "tr", h("th", { scope: "col" }, "Person"), h("th", { scope: "col" }, "Captures"),
    ["Active", "Idle", "Net"].map((name) => h("th.number", { scope: "col" }, name)),
    ["First login", "Last logout"].map((name) => h("th", { scope: "col" }, name)), h("th.number", { scope: "col" }, "Sessions")));

// A row that opens by its button: `{ row, button, expand(isOpen), update(hours) }`. hours: what the summary says of the day;
// nothing where nothing is in it. What stays as it is is not touched: there may be hundreds of rows.
export function personRow({ employeeId: id, name, registered }, seconds, toggle) {
  const button = h("button.opener", { type: "button", "aria-expanded": "false", onclick: () => toggle(id) }, name || id);
  const cells = ["Active", "Idle", "Net"].map((label) => h("td.number", { "data-name": label }));
  const [first, last, sessions] = [
    h("td", { "data-name": "First login" }), h("td", { "data-name": "Last logout" }), h("td.number", { "data-name": "Sessions" })];
  const row = h(
    "tr", h("th", { scope: "row" }, button),
    h("td.wide", { "data-name": "Captures" }, registered ? intervalControl(id, seconds, { name: name || id }) : h("span.quiet", "No account")),
    cells, first, last, sessions);

  const expand = (isOpen) => {
    if (button.getAttribute("aria-expanded") !== String(isOpen)) button.setAttribute("aria-expanded", isOpen);
  };
  let shown;
  const update = (hours) => {
    const now = JSON.stringify(hours ?? null);
    if (now === shown) return;
    shown = now;
    const { totalActiveSeconds = 0, totalIdleSeconds = 0, netActiveSeconds = 0, correctionSeconds = 0 } = hours ?? {};
    fill(cells[0], duration(totalActiveSeconds));
    fill(cells[1], duration(totalIdleSeconds));
    fill(cells[2], duration(netActiveSeconds), correctionSeconds !== 0 && [
      h("br"), h("small", `payable ${duration(hours.payableSeconds)}`)]);
    fill(first, hours?.firstLogin ? whenTaken(hours.firstLogin, time(hours.firstLogin)) : "–");
    fill(last, lastLogout(hours));
    fill(sessions, String(hours?.sessions ?? 0));
    row.classList.toggle("nothing", !hours);
  };
  return { row, button, expand, update };
}

export const isActive = (hours) => Boolean(hours?.firstLogin) && !hours.lastLogout;

function lastLogout(hours) {
  if (isActive(hours)) return badge(["working", "Active"]);
  return hours?.lastLogout ? whenTaken(hours.lastLogout, time(hours.lastLogout)) : "–";
}

export function totals(staff) {
  const sum = (name) => staff.reduce((total, { rows: [hours] }) => total + (hours?.[name] ?? 0), 0);
  const there = staff.filter(({ rows: [hours] }) => hours?.sessions).length;
  return h(
    "tr", h("th", { scope: "row", colspan: 2 }, `${there} of ${staff.length} have worked`),
    [["Active", "totalActiveSeconds"], ["Idle", "totalIdleSeconds"], ["Net", "netActiveSeconds"]].map(([name, key]) =>
      h("td.number", { "data-name": name }, duration(sum(key)))),
    h("td", { colspan: 2 }), h("td.number", { "data-name": "Sessions" }, String(sum("sessions"))));
}
