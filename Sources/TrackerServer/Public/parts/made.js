// What a row of a report is made of: its sessions and its corrections, whose sums are the row's numbers.

import { text } from "../lib/api.js";
import { day, duration, exactTime, shortMoment } from "../lib/format.js";
import { h } from "../lib/h.js";
import { correctionsTable } from "./corrections.js";
import { earlier, whenTaken } from "./picture.js";

// row: of a report with explain=1. revoke(correction), correct(employeeId, day): offered where they are given.
export function madeOf(row, id, { revoke, correct } = {}) {
  const { from, to, parts, corrections, netActiveSeconds, correctionSeconds, payableSeconds } = row;
  const isDay = from === to;
  return h(
    "div.made-of",
    parts.length ? sessions(parts, isDay) : h("p.quiet", "No session."),
    corrections.length ? correctionsTable(corrections, { revoke }) : null,
    corrections.length > 0 && h(
      "p", `${duration(netActiveSeconds)} net ${correctionSeconds < 0 ? "−" : "+"} `,
      `${duration(Math.abs(correctionSeconds))} corrections = ${duration(payableSeconds)} payable`),
    isDay && correct && h(
      "p.row.controls",
      h("button", { type: "button", "data-key": `correct ${from}`, onclick: () => correct(id, from) }, `Correct ${day(from)}`),
      h("a.button", { href: "/hours" + text({ day: from, employee: id }), "data-key": `hours ${from}` }, `Timeline of ${day(from)}`)));
}

function sessions(parts, isDay) {
  const words = isDay ? exactTime : shortMoment;
  const columns = ["From", "To", "Active", "Idle", "Net"];
  return h(
    "table.cards.sessions",
    h("thead", h("tr", columns.map((name, index) => h(index < 2 ? "th" : "th.number", { scope: "col" }, name)))),
    h("tbody", parts.map((part) => h(
      "tr",
      h("td", { "data-name": columns[0] }, whenTaken(part.startedAt, words(part.startedAt)), earlier(part)),
      h("td", { "data-name": columns[1] }, part.endedAt ? whenTaken(part.endedAt, words(part.endedAt)) : "Active"),
      h("td.number", { "data-name": columns[2] }, duration(part.activeSeconds)),
      h("td.number", { "data-name": columns[3] }, duration(part.idleSeconds)),
      h("td.number", { "data-name": columns[4] }, duration(part.netActiveSeconds))))));
}
