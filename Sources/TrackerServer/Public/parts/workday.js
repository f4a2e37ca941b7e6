// A day of one person: a timeline, the sessions with what corrects them, and the captures.

import { get, text } from "../lib/api.js";
import { daySpan, today } from "../lib/format.js";
import { fill, h } from "../lib/h.js";
import { empty } from "../lib/view.js";
import { madeOf } from "./made.js";
import { openViewer, picture } from "./picture.js";
import { timeline } from "./timeline.js";

const newest = 12;

// `refresh()` asks for the hours again, `refreshAll()` for the captures too, `hear(capture)` adds one that came.
export function workday(view, id, name, day) {
  const [top, hours, pictures] = [h("div"), h("div"), h("div")];
  const element = h("section.workday", { "aria-label": `${name}, the day` }, top, hours, h("div.controls", h("h3", "Captures"), pictures));
  const drawn = timeline(`Timeline of ${name}`, (index) => look(index));
  let [row, captures] = [null, []];

  const look = (index) => openViewer([...captures], index, { nameOf: () => name });
  const ask = (path, query) => get(path, { ...query, employeeId: id, from: day, to: day }, { signal: view.signal });

  const askHours = async () => {
    const { employees } = await ask("/api/work/summary", { explain: 1 });
    row = employees[0]?.rows[0] ?? null;
  };
  const askCaptures = async () => {
    captures = await ask("/api/uploads/list", { limit: 1000 });
  };

  const showHours = () => {
    const parts = (row?.parts ?? []).map(placed);
    if (parts.length || captures.length) {
      drawn.show({ day, parts, captures });
      if (!drawn.isConnected) fill(top, drawn);
    } else fill(top);
    if (day > today()) return fill(hours, empty("This day is still to come."));
    fill(
      hours, row ? madeOf(row, id) : empty("No work was tracked on this day."),
      h("p", h("a", { href: `/reports${text({ employee: id, from: day, to: day })}` }, "Report and corrections of this day")));
  };

  const showCaptures = () => fill(
    pictures,
    captures.length
      ? [
        h("ul.grid", captures.slice(0, newest).map((capture, index) => h("li", picture(capture, null, () => look(index))))),
        captures.length > newest && h("p", h(
          "a", { href: `/screenshots${text({ employee: id, day })}` }, `All ${captures.length} of this day`)),
      ]
      : empty("No captures on this day."));

  element.refresh = async () => {
    await askHours();
    showHours();
  };
  element.refreshAll = async () => {
    await Promise.all([askHours(), askCaptures()]);
    showHours();
    showCaptures();
  };
  element.hear = (capture) => {
    const [first, last] = daySpan(day);
    const instant = Date.parse(capture.ts);
    if (instant < first || instant >= last || captures.some(({ file }) => file === capture.file)) return;
    captures.push(capture);
    captures.sort((one, other) => Date.parse(other.ts) - Date.parse(one.ts));
    showHours();
    showCaptures();
  };
  return element;
}

// Where a part of a session stands on the clock; an active one reaches to now.
function placed(part) {
  const from = Date.parse(part.startedAt);
  return { ...part, from, to: part.endedAt ? Date.parse(part.endedAt) : from + part.activeSeconds * 1000 };
}
