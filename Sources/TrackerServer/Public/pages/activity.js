// Who was active last: each person's newest captures, with today's hours beside them. It moves as things happen.

import { get } from "../lib/api.js";
import { Captures } from "../lib/captures.js";
import { duration, number } from "../lib/format.js";
import { arrange, h, fill } from "../lib/h.js";
import { office, stateOf } from "../lib/office.js";
import { badge, empty, zoneNote } from "../lib/view.js";
import { say } from "../parts/dialog.js";
import { loadPeople } from "../parts/people.js";
import { openViewer, picture, recentWords, timeToday } from "../parts/picture.js";

export async function show(view) {
  const place = h("div");
  const people = new Map();
  const list = h("div.doings", { "aria-label": "People, the most recently active first", role: "group" });
  let staff;
  const ask = (path) => get(path, {}, { signal: view.signal });
  const person = (id) => {
    if (!people.has(id)) people.set(id, new Person(id, view));
    return people.get(id);
  };

  const loadHours = async () => {
    const { employees } = await ask("/api/work/summary/today");
    for (const each of people.values()) each.hours = null;
    for (const row of employees) {
      person(row.employeeId).hours = row;
      office.noteHours(row.employeeId, row);
    }
  };
  const loadAll = async () => {
    const [now, groups] = await Promise.all([loadPeople(view.signal), ask("/api/activity/recent"), loadHours()]);
    staff = now;
    for (const { employeeId, latest, count } of groups) Object.assign(person(employeeId), { latest, count });
  };
  const draw = () => {
    const shown = [...people.values()].filter(({ latest, hours }) => latest.length || hours);
    if (!shown.length) return empty(
      "Nothing has happened yet. Hours and captures appear here by themselves as soon as somebody tracks with ", h("a", { href: "/client" }, "the client"), ".");
    // Those without captures come last, as the server lists them.
    shown.sort((one, other) => (other.latest[0]?.ts ?? "").localeCompare(one.latest[0]?.ts ?? ""));
    for (const each of shown) each.draw(staff.nameOf);
    // An element that is moved loses the focus.
    const focus = document.activeElement;
    arrange(list, shown.map(({ element }) => element));
    if (list.contains(focus) && focus !== document.activeElement) focus.focus({ preventScroll: true });
    return list;
  };
  const refresh = () => view.load(place, loadAll, draw);
  const refreshHours = () => staff && view.load(place, loadHours, draw);

  view.root.append(zoneNote() || "", place);
  view.on("capture", (capture) => {
    if (!staff) return;
    person(capture.employeeId).add(capture);
    fillWith(place, draw());
  });
  view.on("presence", () => people.forEach((each) => each.drawState()));
  for (const name of ["session", "correction"]) view.on(name, refreshHours);
  view.on("account", refresh);
  view.on("hello", refresh);
  // Hours run on while somebody works; no event tells each second.
  view.every(60_000, refreshHours);
  await refresh();
}

// One that is there already stays, with the focus in it.
const fillWith = (place, element) => place.firstChild === element || fill(place, element);

class Person {
  latest = [];
  count = 0;
  hours = null;
  #name = h("h2");
  #state = h("p");
  #hours = h("dl");
  #pictures = h("ul", { role: "list" });
  #shown = new Map();

  constructor(id, view) {
    Object.assign(this, { id, view });
    this.element = h("article.doing", h("div", this.#name, this.#state, this.#hours), this.#pictures);
  }

  // One that came late may be older than others.
  add(capture) {
    if (this.latest.some(({ file }) => file === capture.file)) return;
    this.latest = [capture, ...this.latest].sort((one, other) => (one.ts < other.ts ? 1 : -1)).slice(0, 3);
    this.count += 1;
  }

  draw(nameOf) {
    this.nameOf = nameOf;
    const id = encodeURIComponent(this.id);
    const { hours, count, latest } = this;
    this.drawState();
    // What did not change is left alone, with the focus in it.
    const key = JSON.stringify([nameOf(this.id), hours, count]);
    if (key !== this.key) {
      this.key = key;
      fill(this.#name, h("a", { href: `/hours?employee=${id}`, title: nameOf(this.id) }, nameOf(this.id)));
      fill(
        this.#hours,
        row("Net today", duration(hours?.netActiveSeconds ?? 0)), row("Idle", duration(hours?.totalIdleSeconds ?? 0)),
        hours && row("First login", timeToday(hours.loginTimes[0])),
        row("All captures", count ? h("a", { href: `/screenshots?employee=${id}` }, number(count)) : "none"));
    }
    for (const file of this.#shown.keys()) if (!latest.some((each) => each.file === file)) this.#shown.delete(file);
    for (const each of latest) if (!this.#shown.has(each.file)) this.#shown.set(each.file, this.#picture(each));
    arrange(this.#pictures, latest.map(({ file }) => this.#shown.get(file)));
  }

  drawState() {
    const state = stateOf(this.id);
    if (this.#state.textContent !== state[1]) fill(this.#state, badge(state));
  }

  #picture({ file, ts }) {
    const capture = { file, ts, employeeId: this.id };
    return h("li", picture(capture, null, () => this.#open(capture), recentWords(ts)));
  }

  // All of this person's captures can be gone through from here.
  async #open(capture) {
    const captures = new Captures({ employeeId: this.id }, this.view.signal);
    try {
      while ((captures.rows.at(-1)?.ts ?? capture.ts) >= capture.ts && await captures.more());
    } catch (error) {
      if (error.name !== "AbortError") say(error.message);
      return;
    }
    const index = captures.rows.findIndex(({ file }) => file === capture.file);
    if (index < 0) say("This picture is not there any more.");
    else openViewer(captures.rows, index, { nameOf: this.nameOf, next: () => captures.more() });
  }
}

const row = (name, value) => [h("dt", name), h("dd", value)];
