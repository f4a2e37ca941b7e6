// What happens in the office, as it happens: one stream of events for all pages.

// Pages wait no longer for the stream, in milliseconds.
const longestWait = 1000;
// A page that nobody sees lets go of the stream after so long: a browser has six connections to a server, for all its pages.
const longestUnseen = 10_000;
const betweenLooks = 2000;
// Between two looks at the hours, in seconds of work.
const shortestLook = 55;

// Tells `hello`, `presence`, `session`, `capture`, `interval`, `account`, `organization`, `correction` and, when the stream is
// there or not, `state`; `refused` when the server does not want to give it; `rest` when nobody sees the page, until the next
// `hello`. After each `hello` what is shown may be old.
class Office extends EventTarget {
  online = new Set();
  tracking = new Set();
  // Whoever was idle in all of the time between the last two looks at the hours.
  idle = new Set();
  isThere = false;
  rests = document.hidden;
  // Resolves as soon as it is known who is there, or that it can't be known now: what is asked for afterwards misses nothing.
  settled = Promise.resolve();
  #source = null;
  #isWanted = false;
  #unseen = null;
  #looks = new Map();

  constructor() {
    super();
    // Not told by visibilitychange or pagehide: they come to pages that are left as well, where Firefox stops what runs and complains.
    setInterval(() => this.#look(), betweenLooks);
    for (const name of ["focus", "pageshow"]) addEventListener(name, () => this.#look());
    // Chromium keeps the page as it is, to go back to it.
    document.addEventListener("freeze", () => this.#rest());
  }

  open() {
    this.#isWanted = true;
    if (!this.rests) this.#connect();
  }

  #connect() {
    if (this.#source) return;
    this.#source = new EventSource("/api/events");
    for (const name of ["hello", "presence", "session", "capture", "interval", "account", "organization", "correction"]) {
      this.#source.addEventListener(name, (event) => this.#hear(name, JSON.parse(event.data)));
    }
    this.#source.addEventListener("error", () => {
      this.#setThere(false);
      // A browser gives up when the server refuses, as it does when the login has ended.
      if (this.#source?.readyState === EventSource.CLOSED) {
        this.#disconnect();
        setTimeout(() => this.#isWanted && this.open(), 5000);
        this.#tell("refused");
      }
    });
    this.settled = new Promise((resolve) => {
      for (const name of ["hello", "error"]) this.#source.addEventListener(name, resolve);
      setTimeout(resolve, longestWait);
    });
  }

  close() {
    this.#isWanted = false;
    this.#disconnect();
  }

  #disconnect() {
    this.#source?.close();
    this.#source = null;
  }

  #look() {
    if (document.hidden) {
      this.#unseen ??= performance.now();
      if (performance.now() - this.#unseen >= longestUnseen) this.#rest();
      return;
    }
    this.#unseen = null;
    if (!this.rests) return;
    this.rests = false;
    if (this.#isWanted) this.#connect();
  }

  #rest() {
    if (this.rests) return;
    this.rests = true;
    this.#disconnect();
    this.#tell("rest");
  }

  // What today's hours, as the server has told them just now, say of who is idle: it tells sums, so it takes two looks. Clients
  // tell theirs once a minute; nothing is to be seen in less.
  noteHours(id, { totalActiveSeconds: active, totalIdleSeconds: idle }) {
    const before = this.#looks.get(id);
    if (before && active >= before.active && active - before.active < shortestLook) return;
    this.#looks.set(id, { active, idle });
    if (!before || active <= before.active) return;
    if (idle === before.idle) this.idle.delete(id);
    else if (idle - before.idle >= active - before.active - 1) this.idle.add(id);
  }

  // Hears of one kind of event until the signal says no more.
  on(name, listener, signal) {
    this.addEventListener(name, (event) => listener(event.detail), { signal });
  }

  #hear(name, data) {
    if (name === "hello") {
      this.online = new Set(data.presence);
      this.tracking = new Set(data.tracking);
      this.#setThere(true);
    } else if (name === "presence") {
      change(this.online, data.userId, data.online);
    } else if (name === "session") {
      change(this.tracking, data.employeeId, data.session.isActive);
      // Whoever begins is not.
      if (data.session.isActive) this.idle.delete(data.employeeId);
    }
    this.#tell(name, data);
  }

  #setThere(isThere) {
    if (this.isThere === isThere) return;
    this.isThere = isThere;
    this.#tell("state", isThere);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function change(set, id, isIn) {
  if (isIn) set.add(id);
  else set.delete(id);
}

export const office = new Office();

// What somebody does: tracks, is idle meanwhile, is only online, or is away, as [kind, words].
export function stateOf(id) {
  if (office.tracking.has(id)) return office.idle.has(id) ? ["idle", "Idle"] : ["working", "Tracking"];
  return office.online.has(id) ? ["online", "Online, not tracking"] : ["off", "Away"];
}
