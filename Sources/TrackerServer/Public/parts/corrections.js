// Corrections: what a manager has added to the hours of a day or taken off them, and why. The hours themselves stay as they are.

import { newKey, post, remove } from "../lib/api.js";
import { addDays, day, moment, number, signed, today } from "../lib/format.js";
import { h, keepFocus } from "../lib/h.js";
import { field, openForm, say } from "./dialog.js";
import { chooser } from "./people.js";
import { whenTaken } from "./picture.js";

// As many rows at first; the rest when asked for.
const atFirst = 100;
// How many days back the server takes them.
const oldest = 400;

// nameOf: says whose each is, where they are of several people. revoke(correction): offered where it is given.
export function correctionsTable(list, { nameOf, revoke } = {}) {
  const columns = ["Day", nameOf && "Person", "Change", "Reason", "By", revoke && "Revoke"].filter(Boolean);
  const body = h("tbody", list.slice(0, atFirst).map((correction) => row(correction, { nameOf, revoke })));
  const rest = list.length - atFirst;
  const more = rest > 0 && h("button", { type: "button", onclick: showRest }, `Show ${number(rest)} more`);
  function showRest() {
    body.append(...list.slice(atFirst).map((correction) => row(correction, { nameOf, revoke })));
    keepFocus(element, () => more.remove());
  }
  const kinds = { Change: "th.number", Revoke: "th.controls" };
  const head = h("thead", h("tr", columns.map((name) => h(kinds[name] ?? "th", { scope: "col" }, name))));
  const element = h("div", h("table.cards.corrections", head, body), more);
  return element;
}

function row(correction, { nameOf, revoke }) {
  const { date, minutes, reason, by, createdAt, revokedAt, revokedBy } = correction;
  return h(
    revokedAt ? "tr.revoked" : "tr",
    h("th", { scope: "row" }, h("time", { datetime: date }, day(date))),
    nameOf && h("td.whose", { "data-name": "Person" }, nameOf(correction.employeeId)),
    h("td.number", { "data-name": "Change" }, signed(minutes * 60)),
    h("td.wide.reason", { "data-name": "Reason" }, reason),
    h(
      "td.wide.by", { "data-name": "By" }, by, ", ", whenTaken(createdAt, moment(createdAt)),
      revokedAt && h("div", `Revoked by ${revokedBy}, `, whenTaken(revokedAt, moment(revokedAt)), "; it counts no more.")),
    revoke && h(
      "td.controls", !revokedAt && h(
        "button.plain", {
          type: "button", "data-key": correction.id, onclick: () => revoke(correction),
          "aria-label": `Revoke the correction of ${day(date)}, ${signed(minutes * 60)}`,
        }, "Revoke")));
}

// Asks for a correction. employee, date: where they are known already; where the day is not, it has to be chosen.
export function openCorrection({ people, employee, date, done }) {
  const person = chooser(people, employee, () => {}, { all: employee ? null : "Choose a person" });
  person.querySelector("select").required = true;
  const reason = h("textarea", { name: "reason", rows: 3, maxlength: 500, required: true });
  // The same form is the same correction, however often it is sent.
  const key = newKey();

  openForm("Correct hours", {
    intro: "The recorded hours stay as they are. The correction stands beside them with its reason; the employee sees both.",
    fields: [
      person,
      field("Day", { type: "date", name: "date", value: date, min: addDays(today(), -oldest), max: today(), required: true }),
      h("fieldset.choices", h("legend", "Change"), choice("add", "Add", true), choice("off", "Take off")),
      h(
        "div.row", field("Hours", { type: "number", name: "hours", min: 0, max: 24, value: 0, required: true }),
        field("Minutes", { type: "number", name: "minutes", min: 0, max: 59, value: 0, required: true })),
      h("label.field", h("span", "Reason"), reason),
    ],
    action: "Correct",
    submit: async (values) => {
      const minutes = Number(values.hours) * 60 + Number(values.minutes);
      if (!minutes) throw new Error("Say how many hours or minutes.");
      if (minutes > 24 * 60) throw new Error("A day has 24 hours.");
      const body = {
        employeeId: values.employee, date: values.date, minutes: values.change === "off" ? -minutes : minutes, reason: values.reason,
      };
      try {
        await post("/api/work/corrections", body, { headers: { "Idempotency-Key": key } });
      } catch (error) {
        // The answer to an earlier try got lost, and the form was changed since.
        if (/Idempotency-Key/.test(error.message)) {
          throw new Error("An earlier try of this form has been stored as it was then. Close it, and look at the list of corrections.");
        }
        throw error;
      }
      say(["Corrected: ", h("bdi", people.nameOf(values.employee)), `, ${day(values.date)}, ${signed(body.minutes * 60)}.`]);
      done();
    },
  });
}

function choice(value, words, isChosen = false) {
  return h("label", h("input", { type: "radio", name: "change", value, checked: isChosen }), " ", words);
}

// Asks whether it shall count no more.
export function openRevocation(correction, name, done) {
  const { id, date, minutes, reason } = correction;
  openForm("Revoke a correction", {
    intro: [
      h("bdi", name), `, ${day(date)}, ${signed(minutes * 60)}: “`, h("bdi", reason), "”. It will count no more, and stay in the list as revoked.",
    ],
    fields: [],
    action: "Revoke",
    submit: async () => {
      await remove(`/api/work/corrections/${encodeURIComponent(id)}`);
      say("Revoked.");
      done();
    },
  });
}
