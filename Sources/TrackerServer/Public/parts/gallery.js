// Captures as a grid, day by day, of which only what is near the window is in the document: tens of thousands scroll like a few.

import { day as dayName } from "../lib/format.js";
import { GridLayout } from "../lib/gridlayout.js";
import { arrange, h } from "../lib/h.js";
import { picture } from "./picture.js";

// From so many pixels a millisecond on, pictures pass by too fast to be seen.
const tooFast = 2;
// How far above and below the window they are there already.
const margin = 400;
// How many milliseconds of a frame may go into making pictures; the others come with the next frame.
const budget = 6;

export class Gallery {
  element = h("div.gallery");
  #layout = new GridLayout([], 0, { least: 1, gap: 0, words: 0, head: 0 });
  #sections = new Map();
  #cells = new Map();
  // What Tab leads to, and keys start from.
  #active = null;
  #last = { y: scrollY, at: 0 };
  #calm = 0;
  #planned = 0;
  #until = 0;
  #isUnfinished = false;
  // So many of the list are in the document, wherever the window is; none but while they are printed.
  #printed = 0;

  // captures: a list as in lib/captures.js. name(capture): who it is of, where that is to be said. open(capture): it was chosen.
  // more(): the end is near; a promise. moved(): somebody has scrolled. signal: aborted when the grid goes.
  constructor(captures, { name, open, more, moved, signal }) {
    Object.assign(this, { captures, name, open, more, moved, signal });
    this.element.addEventListener("keydown", (event) => this.#press(event));
    this.element.addEventListener("focusin", ({ target }) => (this.#active = target.closest("li")?.capture ?? this.#active));
    addEventListener("scroll", () => this.#scroll(), { passive: true, signal });
    addEventListener("afterprint", () => {
      this.#printed = 0;
      this.#draw();
    }, { signal });
    const sizes = new ResizeObserver(() => this.#resize());
    sizes.observe(this.element);
    signal.addEventListener("abort", () => sizes.disconnect());
  }

  // Shows the list as it is now.
  refresh() {
    this.#measure();
    this.#draw();
  }

  // Puts the first ones of the list into the document to be printed; resolves when their pictures are there, or can't be had.
  async layOut(count) {
    this.#printed = count;
    this.#draw();
    const images = [...this.element.querySelectorAll("img")];
    for (const image of images) image.loading = "eager";
    await Promise.allSettled(images.map((image) => image.decode()));
  }

  get isAtTop() {
    return this.#top <= 0;
  }

  // The first place in the list of which nothing can be seen yet.
  get firstUnseen() {
    return this.#layout.firstBelow(this.#top + innerHeight) + this.#layout.columns;
  }

  // What stands at the top of the window, and how far below: to come back to it by `goTo`. Null at the very top.
  get position() {
    const capture = this.#layout.height ? this.captures.rows[this.#layout.firstBelow(this.#top)] : null;
    if (this.isAtTop || !capture) return null;
    return { file: capture.file, ts: capture.ts, by: this.#spot(capture).y - this.#top };
  }

  goTo({ file, ts, by }) {
    const capture = this.captures.rows[Math.min(this.captures.placeOf({ file, ts }), this.captures.rows.length - 1)];
    if (!capture) return;
    scrollTo(0, this.#start + this.#spot(capture).y - by);
    this.#draw();
  }

  // Leads keys and window to a capture.
  focus(capture) {
    if (!this.captures.rows.includes(capture)) return;
    this.#active = capture;
    if (capture === this.captures.rows[0]) scrollTo(0, 0);
    const y = this.#spot(capture).y;
    const [top, bottom] = [this.#top + this.#layout.head, this.#top + innerHeight - this.#frame];
    if (y < top) scrollBy(0, y - top);
    else if (y + this.#layout.down > bottom) scrollBy(0, y + this.#layout.down - bottom);
    this.#draw(true);
    this.#cells.get(capture.file)?.querySelector("button")?.focus({ preventScroll: true });
  }

  // How much of the window the page's frame covers.
  get #frame() {
    const frame = document.querySelector("header.frame");
    return frame && getComputedStyle(frame).position === "sticky" ? frame.offsetHeight : 0;
  }

  // How far the page is scrolled when the grid begins right below the frame.
  get #start() {
    return this.element.getBoundingClientRect().top + scrollY - this.#frame;
  }

  get #top() {
    return scrollY - this.#start;
  }

  #spot(capture) {
    return this.#layout.spot(this.captures.rows.indexOf(capture));
  }

  #measure() {
    const style = getComputedStyle(this.element);
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const sizes = ["least", "gap", "words", "head"].map((name) => [name, parseFloat(style.getPropertyValue(`--${name}`)) * rem]);
    this.#layout = new GridLayout(this.captures.rows, this.element.clientWidth, Object.fromEntries(sizes));
    this.element.style.setProperty("--cell", `${this.#layout.cell}px`);
    this.element.style.setProperty("--frame", `${this.#frame}px`);
    this.element.style.height = `${this.#layout.height}px`;
  }

  #resize() {
    if (this.element.clientWidth === this.#layout.width) return;
    const position = this.position;
    this.#measure();
    if (position) this.goTo(position);
    else this.#draw();
  }

  #scroll() {
    clearTimeout(this.#calm);
    this.#calm = setTimeout(() => {
      if (this.signal.aborted) return;
      this.#draw();
      this.moved();
    }, 100);
    this.#plan();
  }

  // Draws with the next frame.
  #plan() {
    this.#planned ||= requestAnimationFrame((at) => {
      this.#planned = 0;
      if (this.signal.aborted) return;
      const speed = Math.abs(scrollY - this.#last.y) / (at - this.#last.at);
      this.#last = { y: scrollY, at };
      this.#draw(speed < tooFast);
    });
  }

  // Puts into the document what is near the window, and takes out the rest. Where there is no time to look, places stay empty.
  #draw(isCalm = true) {
    const top = this.#top;
    this.#until = this.#printed ? Infinity : isCalm ? performance.now() + budget : 0;
    this.#isUnfinished = false;
    const shown = this.#printed
      ? this.#layout.first(this.#printed) : this.#layout.between(top - margin, top + innerHeight + margin);
    this.#choose(shown, top);
    const { rows } = this.captures;
    const parts = shown.map(({ group, from, to, besides }) => {
      const places = Array.from({ length: to - from }, (_, index) => from + index);
      if (besides !== undefined) places[besides < from ? "unshift" : "push"](besides);
      return { group, places };
    });
    this.#forget(new Set(parts.flatMap(({ places }) => places.map((place) => rows[place].file))));
    arrange(this.element, parts.map(({ group, places }) => {
      const section = this.#section(group);
      arrange(section.list, places.map((place) => this.#cell(place, group)));
      return section;
    }));
    for (const [day, section] of this.#sections) if (!section.isConnected) this.#sections.delete(day);
    if (isCalm && this.#isUnfinished) this.#plan();
    if (!this.captures.isWhole && top + innerHeight * 3 > this.#layout.height) this.more();
  }

  // What has the focus stays in the document, wherever somebody scrolls. Without focus, Tab leads to what can be seen.
  #choose(shown, top) {
    const { rows } = this.captures;
    const hasFocus = this.element.contains(document.activeElement);
    const place = rows.indexOf(this.#active);
    if (!hasFocus) {
      const [from, to] = [this.#layout.firstBelow(top), this.#layout.firstBelow(top + innerHeight)];
      if (place < from || place > to) this.#active = rows[from] ?? rows.at(-1) ?? null;
    } else if (place >= 0) {
      const group = this.#layout.groupOf(place);
      const part = shown.find((each) => each.group === group);
      if (part && (place < part.from || place >= part.to)) part.besides = place;
      else if (!part) {
        shown.push({ group, from: place, to: place + 1 });
        shown.sort((one, other) => one.group.y - other.group.y);
      }
    }
  }

  #section({ day, y, height }) {
    let section = this.#sections.get(day);
    if (!section) {
      const list = h("ul", { role: "list" });
      section = h("section", { "aria-label": dayName(day) }, h("h2", dayName(day)), list);
      section.list = list;
      this.#sections.set(day, section);
    }
    section.style.top = `${y}px`;
    section.style.height = `${height}px`;
    return section;
  }

  #cell(place, group) {
    const capture = this.captures.rows[place];
    let cell = this.#cells.get(capture.file);
    if (!cell) {
      cell = h("li");
      cell.capture = capture;
      this.#cells.set(capture.file, cell);
    }
    if (!cell.firstChild && (performance.now() < this.#until || capture === this.#active)) {
      cell.append(picture(capture, this.name(capture), () => this.open(capture)));
    }
    this.#isUnfinished ||= !cell.firstChild;
    const { x, below } = this.#layout.spot(place, group);
    cell.style.transform = `translate(${x}px, ${below}px)`;
    cell.ariaPosInSet = place - group.start + 1;
    // How many there are is not known before the last is here.
    cell.ariaSetSize = this.captures.isWhole || group.end < this.captures.rows.length ? group.end - group.start : -1;
    if (cell.firstChild) cell.firstChild.tabIndex = capture === this.#active ? 0 : -1;
    return cell;
  }

  #forget(wanted) {
    for (const [file, cell] of this.#cells) {
      if (wanted.has(file)) continue;
      this.#cells.delete(file);
      // A picture that nobody sees any more need not come. As long as it is in the document: afterwards Chromium would keep
      // the element for ever.
      const image = cell.querySelector("img");
      if (image && !image.complete) image.removeAttribute("src");
    }
  }

  async #press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const rows = Math.max(1, Math.floor(innerHeight / this.#layout.down) - 1);
    const ways = {
      ArrowLeft: (place) => place - 1, ArrowRight: (place) => place + 1,
      ArrowUp: (place) => this.#layout.further(place, -1), ArrowDown: (place) => this.#layout.further(place, 1),
      PageUp: (place) => this.#layout.further(place, -rows), PageDown: (place) => this.#layout.further(place, rows),
      Home: () => 0, End: (place) => Math.max(place + 1, this.captures.rows.length - 1),
    };
    const way = ways[event.key];
    const place = this.captures.rows.indexOf(this.#active);
    if (!way || place < 0) return;
    event.preventDefault();
    let wanted = way(place);
    if (wanted >= this.captures.rows.length && await this.more()) wanted = way(this.captures.rows.indexOf(this.#active));
    this.focus(this.captures.rows[Math.max(0, Math.min(wanted, this.captures.rows.length - 1))]);
  }
}
