// What happens in the office, as it happens: one stream of events for all pages.

// Pages wait no longer for the stream, in milliseconds.
const longestWait = 1000;

// Tells `hello`, `presence`, `session`, `capture`, `interval`, `account`, `organization`, `correction` and, when the stream is
// there or not, `state`; `refused` when the server does not want to give it. After each `hello` what is shown may be old.
class Office extends EventTarget {
  online = new Set();
  tracking = new Set();
  isThere = false;
  // Resolves as soon as it is known who is there, or that it can't be known now: what is asked for afterwards misses nothing.
  settled = Promise.resolve();
  #source = null;

  open() {
    if (this.#source) return;
    this.#source = new EventSource("/api/events");
    for (const name of ["hello", "presence", "session", "capture", "interval", "account", "organization", "correction"]) {
      this.#source.addEventListener(name, (event) => this.#hear(name, JSON.parse(event.data)));
    }
    this.#source.addEventListener("error", () => {
      this.#setThere(false);
      // A browser gives up when the server refuses, as it does when the login has ended.
      if (this.#source?.readyState === EventSource.CLOSED) {
        this.close();
        setTimeout(() => this.open(), 5000);
        this.#tell("refused");
      }
    });
    this.settled = new Promise((resolve) => {
      for (const name of ["hello", "error"]) this.#source.addEventListener(name, resolve);
      setTimeout(resolve, longestWait);
    });
  }

  close() {
    this.#source?.close();
    this.#source = null;
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

// What somebody does: tracks, is only online, or is away, as [kind, words]. `isIdle` says that nothing was typed or moved in the
// last minute.
export function stateOf(id, isIdle = false) {
  if (office.tracking.has(id)) return isIdle ? ["idle", "Idle"] : ["working", "Tracking"];
  return office.online.has(id) ? ["online", "Online, not tracking"] : ["off", "Away"];
}
