// A list of captures as it grows: page by page at its old end, capture by capture at its new one.

import { getPage } from "./api.js";
import { clockOf, dayOf } from "./format.js";

// Newest first, then by name, as the server lists them.
export class Captures {
  rows = [];
  // True when the server has no older ones.
  isWhole = false;
  #asks;
  #signal;
  #next = "/api/uploads/list";
  #known = new Set();
  #loading = null;

  // asks: { employeeId, from, to (instants), since, until (times of any day) }, each of them or not.
  constructor(asks, signal) {
    this.#asks = asks;
    this.#signal = signal;
  }

  // Adds older ones; false when there are none. Who asks while that goes on waits for the same.
  more(limit = 200) {
    this.#loading ??= this.#load(limit).finally(() => (this.#loading = null));
    return this.#loading;
  }

  // True of one that came when it is of this list and not in it.
  lacks(capture) {
    return this.#isWanted(capture) && !this.#known.has(capture.file);
  }

  // Puts in one that came. One that is older than all that are here comes with its page.
  insert(capture) {
    const place = this.placeOf(capture);
    if (this.lacks(capture) && (place < this.rows.length || this.isWhole)) this.#add([capture], place);
  }

  // Where it stands, or would.
  placeOf(capture) {
    let [low, high] = [0, this.rows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.rows[middle], capture)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Those that came since the newest of the list, such as while there was no connection.
  async newer() {
    const found = [];
    let next = "/api/uploads/list";
    while (next) {
      const page = await this.#page(next, 50);
      found.push(...page.rows.filter((row) => !this.#known.has(row.file)));
      const reaches = !this.rows.length || !page.rows.length || !isBefore(page.rows.at(-1), this.rows[0]);
      next = reaches ? null : page.next;
    }
    return found;
  }

  async #load(limit) {
    const before = this.rows.length;
    while (!this.isWhole && this.rows.length === before) {
      const { rows, next } = await this.#page(this.#next, this.#asks.since || this.#asks.until ? 1000 : limit);
      // One that came by itself meanwhile may be among them.
      this.#add(rows.filter((row) => this.#isWanted(row) && !this.#known.has(row.file)), this.rows.length);
      this.#next = next;
      this.isWhole = !next;
    }
    return this.rows.length > before;
  }

  // The first page is asked for by what is wanted, the others are where the server says.
  #page(address, limit) {
    const url = new URL(address, location.origin);
    const { employeeId, from, to } = this.#asks;
    const query = { ...Object.fromEntries(url.searchParams), employeeId, from, to, limit };
    return getPage(url.pathname, query, { signal: this.#signal });
  }

  #add(rows, place) {
    for (const row of rows) {
      this.#known.add(row.file);
      row.day = dayOf(row.ts);
    }
    if (place === this.rows.length) this.rows.push(...rows);
    else this.rows.splice(place, 0, ...rows);
  }

  #isWanted({ employeeId, ts }) {
    const { employeeId: wanted, from, to, since, until } = this.#asks;
    // Ids are the same in any case.
    if ((wanted && employeeId.toLowerCase() !== wanted.toLowerCase()) || (from && ts < from) || (to && ts >= to)) return false;
    if (!since && !until) return true;
    const clock = clockOf(ts);
    const [isSince, isUntil] = [clock >= (since || "00:00"), clock < (until || "24:00")];
    // From 22:00 to 06:00 goes over midnight.
    return since && until && until <= since ? isSince || isUntil : isSince && isUntil;
  }
}

const isBefore = (one, other) => one.ts > other.ts || (one.ts === other.ts && one.file < other.file);
