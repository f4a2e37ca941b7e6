// Hours of some days: a person's total, which opens into its days, weeks or months, and each of those into what it is made of.

import { get } from "../lib/api.js";
import { day, days, duration, month, number, shortMoment, signed, time } from "../lib/format.js";
import { h, fill, keepFocus } from "../lib/h.js";
import { inSlices } from "../lib/slices.js";
import { say } from "./dialog.js";
import { madeOf } from "./made.js";
import { whenTaken } from "./picture.js";

const columns = ["First login", "Last logout", "Sessions", "Active", "Idle", "Net", "Corrections", "Payable"];
const sums = ["sessions", "totalActiveSeconds", "totalIdleSeconds", "netActiveSeconds", "correctionSeconds", "payableSeconds"];
// The most people who are asked for one by one.
const fewAtOnce = 4;

// isOpen(id, isAlone): whether a person is open at first; rowsOf(id): which of their rows are. opened(ids, rows): called when others are;
// `rows` as [id, row]. tools: as madeOf takes them.
// head: what is above the first column.
// Only totals are asked for at once; what an opened one is made of is asked for then. So it stays quick for hundreds and a year.
export function reportTable(view, {
  isOpen, rowsOf = () => [], opened = () => {}, tools = {}, head = "Person", nameOf = ({ name, employeeId }) => name || employeeId,
}) {
  const people = new Map();
  const foot = h("tfoot");
  const headings = [head, ...columns].map((name, index) => h(index < 3 ? "th" : "th.number", { scope: "col" }, name));
  const element = h("table.cards.report", h("thead", h("tr", headings)), foot);
  const change = () => opened(openOnes(), [...people].flatMap(([id, person]) => person.openRows().map((row) => [id, row])));
  const openOnes = () => [...people].filter(([, person]) => person.isOpen()).map(([id]) => id);
  let range = {};

  // report: of whole ranges (by=range); by: what an opened one is divided by.
  function show({ employees, from, to }, by) {
    // The same object as long as it says the same.
    if (range.from !== from || range.to !== to || range.by !== by) range = { from, to, by };
    const ids = new Set(employees.map(({ employeeId }) => employeeId));
    const before = [...people.keys()];
    for (const id of before) {
      if (ids.has(id)) continue;
      people.get(id).bodies.forEach((body) => body.remove());
      people.delete(id);
    }
    const names = employees.map(nameOf);
    const stale = employees.filter((employee, index) => {
      const id = employee.employeeId;
      if (!people.has(id)) people.set(id, personRows(view, id, isOpen(id, ids.size === 1), new Set(rowsOf(id)), change, tools));
      const isNamesake = names.indexOf(names[index]) !== names.lastIndexOf(names[index]);
      return people.get(id).show(employee, names[index], isNamesake, range);
    });
    load(stale.map(({ employeeId }) => people.get(employeeId)));
    // Moved only if they have to be: what is moved loses the focus.
    if ([...ids].join(" ") !== before.join(" ")) element.append(...[...ids].flatMap((id) => people.get(id).bodies), foot);
    fill(foot, ids.size > 1 && h("tr.all", h("th", { scope: "row" }, `All ${number(ids.size)}`), cells(sumOf(employees, from, to))));
    return element;
  }

  // Those of several come in one answer, and are shown bit by bit. What each row is made of is asked for when it is opened: for
  // all rows of hundreds of people it would be tens of megabytes.
  async function load(several) {
    if (several.length <= fewAtOnce) return Promise.all(several.map((person) => person.load()));
    const asked = range;
    const waits = setTimeout(() => element.setAttribute("aria-busy", "true"), 200);
    try {
      const explain = asked.by === "range" ? 1 : null;
      const { employees } = await get("/api/work/summary", { ...asked, explain }, { signal: view.signal });
      const answers = new Map(employees.map(({ employeeId, rows }) => [employeeId, rows]));
      const goesOn = () => asked === range && !view.signal.aborted;
      if (goesOn()) await inSlices(several, (person) => person.take(answers.get(person.id) ?? []), goesOn);
    } catch (error) {
      if (error.name === "AbortError") return;
      several.forEach((person) => person.setOpen(false));
      change();
      say(error.message);
    } finally {
      clearTimeout(waits);
      element.removeAttribute("aria-busy");
    }
  }

  async function openAll(isOpen) {
    const others = [...people.values()].filter((person) => person.isOpen() !== isOpen);
    if (!(await inSlices(others, (person) => person.setOpen(isOpen), () => !view.signal.aborted))) return;
    change();
    if (isOpen) await load(others);
  }

  return { show, openAll, opened: openOnes, count: () => people.size };
}

function sumOf(employees, from, to) {
  const total = { from, to };
  for (const name of sums) total[name] = employees.reduce((sum, employee) => sum + employee.total[name], 0);
  return total;
}

// A person's rows: the total, and below it, once opened, those that it is the sum of.
function personRows(view, id, isOpenAtFirst, openPeriods, opened, tools) {
  const name = h("bdi");
  const note = h("small");
  const toggle = opener(name, isOpenAtFirst, (isOpen) => {
    setOpen(isOpen);
    opened();
    if (isOpen) load();
  });
  const head = h("tr.person", h("th", { scope: "row" }, toggle, note));
  const rows = h("tbody.periods");
  const place = h("td.wide", { colspan: columns.length + 1 });
  const isOpen = () => toggle.getAttribute("aria-expanded") === "true";
  const openRows = () => (isOpen() ? [...openPeriods] : []);
  let total = null;
  let range = null;

  // Says whether what is opened has to be asked for anew.
  function show(employee, words, isNamesake, wanted) {
    name.textContent = words;
    note.textContent = (isNamesake && words !== id ? ` ${id}` : "") + (employee.registered ? "" : " no account any more");
    if (wanted === range && JSON.stringify(employee.total) === JSON.stringify(total)) return false;
    [range, total] = [wanted, employee.total];
    while (head.children.length > 1) head.lastChild.remove();
    head.append(...cells(total));
    return isOpen();
  }

  function setOpen(isOpen) {
    toggle.setAttribute("aria-expanded", String(isOpen));
    fill(rows);
  }

  function load() {
    const asked = range;
    if (!rows.childElementCount) fill(rows, h("tr", place));
    return view.load(
      place, () => get("/api/work/summary", { ...asked, employeeId: id, explain: 1 }, { signal: view.signal }),
      ({ employees }) => {
        if (asked === range) take(employees[0]?.rows ?? []);
      });
  }

  function take(list) {
    if (!isOpen()) return;
    // So high they will be when somebody scrolls to them: before, they are not laid out.
    rows.style.setProperty("--rows", list.length);
    keepFocus(rows, () => fill(rows, rowsOf(list)));
  }

  function rowsOf(list) {
    if (!list.length) return h("tr", h("td.wide.quiet", { colspan: columns.length + 1 }, "No hours and no corrections in these days."));
    // A row that is the total itself needs not be said twice.
    if (list.length === 1 && list[0].parts && list[0].from === range.from && list[0].to === range.to) return made(list[0]);
    return list.map(period);
  }

  function made(row) {
    const inside = h("td.wide", { colspan: columns.length + 1 }, row.parts && madeOf(row, id, tools));
    if (!row.parts) {
      const asked = { by: range.by, from: row.from, to: row.to, employeeId: id, explain: 1 };
      view.load(inside, () => get("/api/work/summary", asked, { signal: view.signal }), ({ employees: [employee] }) =>
        (employee?.rows.length ? madeOf(employee.rows[0], id, tools) : h("p.quiet", "No session.")));
    }
    return h("tr.made", inside);
  }

  function period(row) {
    const key = row.period;
    const button = opener(periodName(row, range.by), openPeriods.has(key), (isOpen) => {
      button.setAttribute("aria-expanded", String(isOpen));
      if (isOpen) element.after(made(row));
      else element.nextSibling.remove();
      openPeriods[isOpen ? "add" : "delete"](key);
      opened();
    });
    button.dataset.key = key;
    const element = h("tr.period", h("th", { scope: "row" }, button), cells(row));
    return openPeriods.has(key) ? [element, made(row)] : element;
  }

  return { id, bodies: [h("tbody", head), rows], show, setOpen, load, take, isOpen, openRows };
}

function opener(words, isOpen, change) {
  const onclick = () => change(button.getAttribute("aria-expanded") !== "true");
  const button = h("button.opener", { type: "button", "aria-expanded": String(isOpen), onclick }, words);
  return button;
}

function cells(row) {
  const { from, to, firstLogin, lastLogout, sessions, totalActiveSeconds, totalIdleSeconds, netActiveSeconds } = row;
  const words = from === to ? time : shortMoment;
  const isRunning = firstLogin && !lastLogout;
  return [
    h("td.when", { "data-name": columns[0] }, firstLogin ? whenTaken(firstLogin, words(firstLogin)) : none(row)),
    h("td.when", { "data-name": columns[1] }, isRunning ? "Active" : lastLogout ? whenTaken(lastLogout, words(lastLogout)) : none(row)),
    h("td.number.sessions", { "data-name": columns[2] }, number(sessions)),
    h("td.number", { "data-name": columns[3] }, duration(totalActiveSeconds)),
    h("td.number", { "data-name": columns[4] }, duration(totalIdleSeconds)),
    h("td.number", { "data-name": columns[5] }, duration(netActiveSeconds)),
    h(row.correctionSeconds ? "td.number" : "td.number.none", { "data-name": columns[6] }, row.correctionSeconds ? signed(row.correctionSeconds) : "–"),
    h("td.number", { "data-name": columns[7] }, h("strong", duration(row.payableSeconds))),
  ];
}

// The sum of all has no login of its own.
const none = (row) => (row.period ? "–" : null);

function periodName({ period, from, to }, by) {
  if (by === "day") return day(from);
  if (by === "week") return `Week ${Number(period.slice(-2))}, ${days(from, to)}`;
  return isWholeMonth(from, to) ? month(from) : days(from, to);
}

function isWholeMonth(from, to) {
  const [year, number] = from.split("-").map(Number);
  return from.endsWith("-01") && to.endsWith(`-${new Date(Date.UTC(year, number, 0)).getUTCDate()}`);
}
