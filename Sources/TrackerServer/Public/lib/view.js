// The place of a page: what a page is given to show itself in.

import { zoneName, zonesDiffer } from "./format.js";
import { h, fill, keepFocus } from "./h.js";
import { office } from "./office.js";

export class View {
  #ended = new AbortController();
  #newest = new WeakMap();
  // What a page does by itself where the browser's way back or forward leads to another address of it; else it is shown anew.
  moved = null;

  // root: the element that the page fills. me: who is signed in. go(path, query): opens another address.
  constructor(root, query, me, go) {
    Object.assign(this, { root, query, me, go });
  }

  // Aborted when another page is shown.
  get signal() {
    return this.#ended.signal;
  }

  end() {
    this.#ended.abort();
  }

  // Hears of events while the page is shown.
  on(name, listener) {
    office.on(name, listener, this.signal);
  }

  // Somebody has chosen what the address is to say: the browser's way back leads to what it said before. The page itself shows it.
  choose(changes) {
    const before = this.query.toString();
    const address = this.#address(changes);
    if (this.query.toString() !== before) history.pushState(null, "", address);
  }

  // The same for what the page puts right by itself, and for what is opened and closed: no step to go back by.
  setQuery(changes) {
    history.replaceState(history.state, "", this.#address(changes));
  }

  // False where the page does not do it by itself.
  follow(query) {
    if (!this.moved) return false;
    this.query = query;
    this.moved();
    return true;
  }

  #address(changes) {
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === undefined || value === "") this.query.delete(name);
      else this.query.set(name, value);
    }
    const text = this.query.toString();
    return location.pathname + (text ? "?" + text : "");
  }

  every(milliseconds, action) {
    const timer = setInterval(action, milliseconds);
    this.signal.addEventListener("abort", () => clearInterval(timer));
  }

  // Shows what `work` comes to in `place`, by `show`. Says so when it takes longer, and when it fails; then it can be tried
  // again. What stands there stays until then.
  async load(place, work, show) {
    // Answers may come in another order than they were asked for: the newest question counts.
    const mine = {};
    this.#newest.set(place, mine);
    const isOver = () => this.signal.aborted || this.#newest.get(place) !== mine;
    const waits = setTimeout(() => {
      if (isOver()) return;
      if (place.childElementCount) place.setAttribute("aria-busy", "true");
      else fill(place, h("p.quiet", { role: "status" }, "Loading…"));
    }, 200);
    try {
      const result = await work();
      if (isOver()) return;
      const shown = show(result);
      // An element that is there already keeps the focus in it.
      if (place.childNodes.length !== 1 || place.firstChild !== shown) keepFocus(place, () => fill(place, shown));
    } catch (error) {
      if (isOver() || error?.name === "AbortError") return;
      const again = () => isOver() || this.load(place, work, show);
      keepFocus(place, () => fill(place, failed(error, again)));
      if (isOutOfReach(error)) isThereAgain().then(again);
    } finally {
      clearTimeout(waits);
      if (!isOver()) place.removeAttribute("aria-busy");
    }
  }
}

// Nothing answers, or a proxy in the server's stead.
export const isOutOfReach = ({ status, code }) => code === "offline" || (code === "unknown" && status > 501);

let asking = null;

// Resolves as soon as the server answers again.
export function isThereAgain() {
  asking ??= askWhetherItIs().finally(() => (asking = null));
  return asking;
}

async function askWhetherItIs() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    if (!document.hidden && (await fetch("/health").then(({ ok }) => ok, () => false))) return;
  }
}

// What could not be shown, in words, and a way to try again.
export function failed(error, retry) {
  const isForbidden = error.status === 403;
  return h(
    "div.notice.bad", { role: "alert" }, h("p", isForbidden ? "You have no right to see this." : error.message),
    isForbidden ? null : h("button", { type: "button", "data-key": "again", onclick: retry }, "Try again"));
}

// Whose times are shown, where the viewer's clock shows others.
export const zoneNote = () =>
  zonesDiffer() && h("p.quiet", `Times are those of ${zoneName()}; what your own clock shows stands beside them.`);

// What somebody does right now, as `stateOf` says it.
export const badge = ([kind, words]) => h(`span.badge.${kind}`, words);

export const empty = (...words) => h("p.empty", words);
