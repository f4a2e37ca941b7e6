// Captures, newest first: of everybody or one person, of any day or one, at any time of day. New ones come in by themselves.

import { Captures } from "../lib/captures.js";
import { day, number } from "../lib/format.js";
import { h, fill } from "../lib/h.js";
import { empty, failed } from "../lib/view.js";
import { everything, filters, lastDay, wanted } from "../parts/capturefilters.js";
import { deleteButton } from "../parts/deletion.js";
import { say } from "../parts/dialog.js";
import { Gallery } from "../parts/gallery.js";
import { loadPeople } from "../parts/people.js";
import { openViewer } from "../parts/picture.js";

// How far back the place in the list is looked for after a reload.
const farthest = 20_000;
// So many pictures are printed at most.
const mostPrinted = 300;

export async function show(view) {
  let people = await loadPeople(view.signal);
  const place = h("div");
  let list = null;
  const change = (changes) => {
    view.choose({ capture: null, ...changes });
    remember(null);
    controls.update(people);
    return start();
  };
  const start = () => {
    list?.end();
    list = new List(view, place, (id) => people.nameOf(id), change);
    return list.start();
  };
  const controls = filters(view, change, h("button", { type: "button", onclick: () => list.print() }, "Print"));
  view.root.append(
    h("p.quiet", "It is recorded at which captures you look, and the person can see it."), controls.element, place);

  // The browser can't know where to scroll before the pictures are here.
  history.scrollRestoration = "manual";
  view.signal.addEventListener("abort", () => {
    history.scrollRestoration = "auto";
    list.end();
  });
  view.on("capture", (capture) => list.come(capture));
  view.on("hello", () => list.catchUp());
  view.on("account", async () => {
    people = await loadPeople(view.signal);
    controls.update(people);
  });
  controls.update(people);
  await start();
}

// Where somebody is in the list, kept with the entry of the browser's history.
const remember = (position) => history.replaceState({ ...history.state, position }, "");

// What a choice of filters comes to.
class List {
  #ended = new AbortController();
  #grid = h("div");
  #foot = h("div", { role: "status" });
  // What is chosen, where the fields that say it are not printed.
  #title = h("p.printed");
  #arrived = h("button.main.arrived", { type: "button", hidden: true, onclick: () => this.#toTop() });
  // New ones that would move what somebody looks at.
  #waiting = [];
  #isLoaded = false;
  #loading = null;
  #isBroken = false;
  #isPrinting = false;
  #address = 0;

  constructor(view, place, nameOf, change) {
    Object.assign(this, { view, place, nameOf, change });
    this.wanted = wanted(view.query);
    this.captures = new Captures(this.wanted, this.#ended.signal);
    this.gallery = new Gallery(this.captures, {
      name: ({ employeeId }) => (this.wanted.employeeId ? null : nameOf(employeeId)),
      open: (capture) => this.#open(capture),
      more: () => this.#more(),
      moved: () => this.#moved(),
      signal: this.#ended.signal,
    });
    this.gallery.element.classList.toggle("unnamed", Boolean(this.wanted.employeeId));
  }

  end() {
    this.#ended.abort();
  }

  start() {
    const position = history.state?.position;
    const capture = this.view.query.get("capture");
    return this.view.load(this.place, async () => {
      if (this.wanted.to && this.wanted.from >= this.wanted.to) this.captures.isWhole = true;
      else if (!this.captures.rows.length) await this.captures.more();
      await this.#reach(position?.ts);
      await this.#reach(capture);
    }, () => {
      // As soon as it is in the page.
      queueMicrotask(() => this.#begin(position, capture));
      return h("div", this.#title, this.#arrived, this.#grid, this.#foot);
    });
  }

  #begin(position, capture) {
    this.#isLoaded = true;
    this.#show();
    if (position) this.gallery.goTo(position);
    this.#letIn();
    const shown = capture && this.captures.rows.find(({ ts }) => ts === capture);
    if (shown) this.#open(shown);
  }

  // Loads as far back as an instant.
  async #reach(ts) {
    while (ts && !this.captures.isWhole && this.captures.rows.length < farthest && this.captures.rows.at(-1).ts >= ts) {
      await this.captures.more(1000);
    }
  }

  // A capture has been stored.
  come(capture) {
    if (!this.captures.lacks(capture) || this.#waiting.some(({ file }) => file === capture.file)) return;
    const isSeen = this.#isLoaded && !this.gallery.isAtTop && this.captures.placeOf(capture) < this.gallery.firstUnseen;
    if (this.#isLoaded && !isSeen) {
      this.captures.insert(capture);
      this.#show();
    } else {
      this.#waiting.push(capture);
      this.#count();
    }
  }

  async print() {
    if (!this.#isLoaded || this.#isPrinting) return;
    this.#isPrinting = true;
    say("Getting the pictures to print…");
    const { rows } = this.captures;
    while (rows.length < mostPrinted && await this.#more());
    const { query } = this.view;
    const time = (query.has("from") || query.has("to")) && `${query.get("from") ?? "00:00"}–${query.get("to") ?? "24:00"}`
      + (lastDay(query) > query.get("day") ? ` on ${day(lastDay(query))}` : "");
    const isAll = this.captures.isWhole && rows.length <= mostPrinted;
    fill(this.#title, [
      query.has("employee") ? this.nameOf(query.get("employee")) : "Everybody", query.has("day") && day(query.get("day")), time,
      !isAll && `the newest ${number(mostPrinted)}: choose a person, a day or a time for others`,
    ].filter(Boolean).join(", "));
    await this.gallery.layOut(mostPrinted);
    this.#isPrinting = false;
    if (!this.#ended.signal.aborted) print();
  }

  async catchUp() {
    if (!this.#isLoaded) return;
    for (const capture of await this.captures.newer().catch(() => [])) this.come(capture);
  }

  #count() {
    this.#arrived.hidden = !this.#waiting.length;
    this.#arrived.textContent = this.#waiting.length === 1 ? "1 new capture" : `${number(this.#waiting.length)} new captures`;
  }

  #letIn() {
    if (!this.#waiting.length) return;
    for (const capture of this.#waiting.splice(0)) this.captures.insert(capture);
    this.#count();
    this.#show();
  }

  #toTop() {
    scrollTo(0, 0);
    this.#letIn();
    this.gallery.focus(this.captures.rows[0]);
  }

  #moved() {
    if (this.gallery.isAtTop) this.#letIn();
    remember(this.gallery.position);
  }

  #show() {
    const { rows, isWhole } = this.captures;
    if (rows.length && !this.gallery.element.isConnected) fill(this.#grid, this.gallery.element);
    if (!rows.length) fill(this.#grid, this.#nothing());
    else this.gallery.refresh();
    if (isWhole && rows.length) fill(this.#foot, h("p.quiet", rows.length === 1 ? "That is all." : `That is all: ${number(rows.length)} captures.`));
  }

  #nothing() {
    if (![...this.view.query.keys()].length) return empty(
      "There are no captures yet. They appear here by themselves as soon as somebody tracks with ", h("a", { href: "/client" }, "the client"),
      " and ", h("a", { href: "/hours" }, "Work hours"), " says how often.");
    return empty("Nothing was captured then. ", h("button", {
      type: "button", onclick: () => this.change(everything),
    }, "Show everything"));
  }

  // Adds older ones at the foot. What went wrong is tried again by hand, not at each turn of the wheel.
  #more() {
    if (this.captures.isWhole || this.#isBroken) return Promise.resolve(false);
    this.#loading ??= this.#load().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #load() {
    const waits = setTimeout(() => fill(this.#foot, h("p.quiet", "Loading…")), 200);
    try {
      const hasMore = await this.captures.more(500);
      fill(this.#foot);
      this.#show();
      return hasMore;
    } catch (error) {
      if (error.name === "AbortError") return false;
      this.#isBroken = true;
      fill(this.#foot, failed(error, () => {
        this.#isBroken = false;
        fill(this.#foot);
        this.#more();
      }));
      return false;
    } finally {
      clearTimeout(waits);
    }
  }

  #open(capture) {
    openViewer(this.captures.rows, this.captures.rows.indexOf(capture), {
      nameOf: this.nameOf,
      next: () => this.#more(),
      tools: (capture, viewer) => [
        h("a", { href: `/screenshots?employee=${encodeURIComponent(capture.employeeId)}&day=${capture.day}` }, "This person's day"),
        deleteButton(capture, {
          me: this.view.me, name: this.nameOf(capture.employeeId), removed: () => {
            viewer.removed(capture);
            this.#show();
          },
        }),
      ],
      // Not with each of many in a row: browsers allow so many changes of the address.
      moved: ({ ts }) => {
        clearTimeout(this.#address);
        this.#address = setTimeout(() => !this.#ended.signal.aborted && this.view.setQuery({ capture: ts }), 300);
      },
      closed: (last) => {
        clearTimeout(this.#address);
        if (this.#ended.signal.aborted) return;
        this.view.setQuery({ capture: null });
        this.gallery.focus(last);
      },
    });
  }
}
