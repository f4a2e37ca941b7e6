// What a row of a report is made of: its sessions and its corrections, whose sums are the row's numbers.

import { text } from "../lib/api.js";
import { day, duration, exactTime, shortMoment } from "../lib/format.js";
import { h } from "../lib/h.js";
import { inSlices } from "../lib/slices.js";
import { correctionsTable } from "./corrections.js";
import { earlier, whenTaken } from "./picture.js";

// What the columns mean, to stand near them.
export const hoursWords = "Active: the time that was tracked. Idle: the part of it without keyboard or mouse. Net: active less idle. "
  + "Payable: net with corrections.";

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
  const body = h("tbody");
  // Of a year there may be a thousand.
  inSlices(parts, (part) => body.append(row(part)), () => body.isConnected);
  return h(
    "table.cards.sessions",
    h("thead", h("tr", columns.map((name, index) => h(index < 2 ? "th" : "th.number", { scope: "col" }, name)))),
    body);

  function row(part) {
    return h(
      "tr",
      h("td", { "data-name": columns[0] }, whenTaken(part.startedAt, words(part.startedAt)), earlier(part)),
      h("td", { "data-name": columns[1] }, part.endedAt ? whenTaken(part.endedAt, words(part.endedAt)) : "Active"),
      h("td.number", { "data-name": columns[2] }, duration(part.activeSeconds)),
      h("td.number", { "data-name": columns[3] }, duration(part.idleSeconds)),
      h("td.number", { "data-name": columns[4] }, duration(part.netActiveSeconds)));
  }
}
