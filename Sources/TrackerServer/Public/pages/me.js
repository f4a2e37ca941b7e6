// An employee's own page: what was recorded of them, and nothing of others. The office's events are not for employees: what is
// new is asked for four times a minute, and as soon as somebody comes back to the page.

import { get, getPage } from "../lib/api.js";
import { day, dayOf, days, duration, exactTime, moment, number, signed } from "../lib/format.js";
import { h, fill, keepFocus } from "../lib/h.js";
import { badge, empty } from "../lib/view.js";
import { account } from "../parts/account.js";
import { correctionsTable } from "../parts/corrections.js";
import { deleteButton } from "../parts/deletion.js";
import { say } from "../parts/dialog.js";
import { openViewer, picture, whenTaken } from "../parts/picture.js";
import { daysOf, divisionOf, rangeControls } from "../parts/range.js";
import { reportTable } from "../parts/report.js";
import { signIns } from "../parts/signins.js";

const pageOfPictures = 24;
// They stand above the captures: few at first.
const pageOfLooks = 10;
// As many as the server gives at once.
const mostLooks = 1000;

export async function show(view) {
  const { query } = view;
  const ask = (path, more) => get(path, more, { signal: view.signal });
  const place = (name) => h("section", { "aria-label": name });
  const [now, hours, corrections, looks, captures] = ["Today", "Hours", "Corrections", "Who looked", "Captures"].map(place);
  const about = h("p.about");
  const table = reportTable(view, { isOpen: () => true, head: "Days", nameOf: () => "All" });
  const range = rangeControls(view, refresh);

  const showLooks = lookList(view, looks);

  const showToday = ifOther(today);
  const refreshNow = () => view.load(now, () => ask("/api/work/me"), showToday);

  const refreshHours = () => view.load(hours, () => ask("/api/work/summary", { ...daysOf(query), by: "range" }), (report) => {
    range.shown(report);
    fill(
      about, h("span", days(report.from, report.to)), h("span", `time zone ${report.zone}`),
      h("span", `as of ${exactTime(Date.now())}`));
    const element = table.show(report, divisionOf(query));
    return report.employees.length ? element : empty("You have no hours in these days. They come from ", h("a", { href: "/client" }, "the client"), ".");
  });

  const showCorrections = ifOther((list) => (list.length
    ? correctionsTable(list)
    : empty("Nobody has corrected your hours of these days.")));
  const refreshCorrections = () => view.load(corrections, () => ask("/api/work/corrections", daysOf(query)), showCorrections);

  function refresh() {
    const problem = range.problem();
    about.hidden = Boolean(problem);
    if (problem) return [hours, corrections, looks].forEach((place) => fill(place, empty(problem)));
    return Promise.all([refreshHours(), refreshCorrections(), showLooks()]);
  }

  view.root.append(
    now, h("h2", "Hours"), range.element, about, hours,
    h("h2", "Corrections"), h("p.quiet", "What was added to your hours of these days or taken off them, by whom and why."), corrections,
    h("h2", "Who looked"), h("p.quiet", "Who looked at your captures or your screen in these days, and who deleted captures or changed your interval, hours or password."), looks,
    h("h2", "Captures"), h("p.quiet", "Every picture of your screen that was sent, newest first."), captures,
    account(view.me), signIns(view));
  const all = () => Promise.all([refreshNow(), refresh()]);
  const [newer] = await Promise.all([showCaptures(view, captures, all), all()]);
  const goOn = () => {
    if (document.hidden) return;
    all();
    // Without the server the sections above say so.
    newer().catch(() => {});
  };
  view.every(15_000, goOn);
  addEventListener("focus", goOn, { signal: view.signal });
}

// What the client has told today, up to its last heartbeat.
function today({ session, totalActiveSeconds, totalIdleSeconds, netActiveSeconds, correctionSeconds, intervalSeconds }) {
  const fact = (name, ...words) => h("div", h("dt", name), h("dd", words));
  return h(
    "div",
    h(
      "p", badge(session ? ["working", "Tracking"] : ["off", "Not tracking"]),
      session && [" since ", whenTaken(session.startedAt), "."], " ", captured(intervalSeconds)),
    h(
      "dl.facts", fact("Net today", duration(netActiveSeconds)), fact("Active", duration(totalActiveSeconds)),
      fact("Idle", duration(totalIdleSeconds)),
      correctionSeconds ? [fact("Corrections", signed(correctionSeconds)), fact("Payable", duration(netActiveSeconds + correctionSeconds))] : null));
}

function captured(seconds) {
  if (seconds === null) return "No interval is set: nothing is captured, and no hours are counted.";
  if (seconds === 0) return "Hours only: your screen is not captured.";
  return `Your screen is captured every ${number(seconds / 60)} minutes while you track.`;
}

// The newest ones of the days; older ones when they are asked for. Returns what shows them as they are by now.
function lookList(view, place) {
  const list = h("ul.looks");
  const more = h("button", { type: "button", onclick: () => older().catch((error) => say(error.message)) }, "Show older");
  // Who has ceased to watch: one line says from when to when.
  const watchers = new Set();
  const ask = (address, query = {}) => getPage(address, query, { signal: view.signal });
  let next;
  let count = 0;
  let asked = "";

  function add({ rows, next: after }) {
    next = after;
    more.hidden = !next;
    count += rows.length;
    for (const row of rows) if (!isSaid(row)) list.append(line(row));
    return rows.length;
  }

  function isSaid({ who, what, detail }) {
    if (what === "live_ended" && detail?.since) watchers.add(who);
    return what === "live_begun" && watchers.delete(who);
  }

  const older = async () => add(await ask(next));
  const show = ifOther((page) => {
    fill(list);
    watchers.clear();
    count = 0;
    return add(page) || next ? h("div", list, h("p", more)) : empty("Nobody has looked, nor changed anything, in these days.");
  });
  return () => {
    const days = daysOf(view.query);
    if (asked !== JSON.stringify(days)) count = 0;
    asked = JSON.stringify(days);
    // As many as stand there.
    const limit = Math.min(Math.max(count, pageOfLooks), mostLooks);
    return view.load(place, () => ask("/api/audit/me", { ...days, limit }), show);
  };
}

const line = (row) => h("li", whenTaken(row.at, moment(row.at)), " ", h("b", row.who ?? "The server"), " ", lookWords(row));

// Shows an answer only when it is another one than before: what is marked in what stands there stays marked.
function ifOther(show) {
  let [before, shown] = [];
  return (answer) => {
    const now = JSON.stringify(answer);
    if (now !== before) [before, shown] = [now, show(answer)];
    return shown;
  };
}

// What somebody did. A server of another version may know more kinds.
function lookWords({ at, what, detail }) {
  const date = (name) => (detail?.[name] ? day(detail[name]) : "an unknown day");
  const time = (instant) => (dayOf(instant) === dayOf(at) ? exactTime(instant) : moment(instant));
  const count = detail?.number ?? 1;
  switch (what) {
    case "image_viewed": return detail?.ts ? `viewed your capture of ${time(detail.ts)}` : "viewed a capture of yours";
    case "thumbnails_viewed":
      return `looked at ${number(count)} small ${count === 1 ? "picture" : "pictures"} of ${date("from")}`
        + (detail?.from === detail?.to ? "" : ` to ${date("to")}`);
    case "live_begun": return "began to watch your screen live";
    case "live_ended": return `watched your screen live${detail?.since ? ` from ${time(detail.since)}` : ""} to ${exactTime(at)}`;
    case "interval_assigned":
      return detail?.intervalSeconds ? `set your capture interval to ${number(detail.intervalSeconds / 60)} minutes` : "set you to hours only";
    case "interval_removed": return "took your capture interval away";
    case "correction_made": return `corrected your hours of ${date("date")} by ${signed((detail?.minutes ?? 0) * 60)}`;
    case "correction_revoked": return `revoked the correction of your hours of ${date("date")} by ${signed((detail?.minutes ?? 0) * 60)}`;
    case "capture_deleted": return detail?.ts ? `deleted your capture of ${time(detail.ts)}` : "deleted a capture of yours";
    case "password_reset": return "set a new password for your account";
    case "tokens_ended": return "signed your account out";
    default: return what;
  }
}

// The newest ones by day; older ones when they are asked for. removed(): one was deleted. Resolves to what looks whether there are
// newer ones, and whether some are gone.
async function showCaptures(view, place, removed) {
  const list = [];
  const newest = `/api/uploads/list?limit=${pageOfPictures}`;
  const ask = (address) => getPage(address, {}, { signal: view.signal });
  const name = view.me.name || view.me.email;
  const open = (capture) => openViewer(list, list.indexOf(capture), {
    nameOf: () => name, next: older, tools: (one, viewer) => deleteButton(one, {
      me: view.me, name, removed: () => {
        viewer.removed(one);
        showAnew();
        removed();
      },
    }),
  });
  const more = h("button", { type: "button", onclick: older }, "Show older");
  const shown = h("div");
  let next;
  let last;

  function add({ rows, next: after }) {
    next = after;
    more.hidden = !next;
    list.push(...rows);
    for (const capture of rows) append(capture);
  }

  function append(capture) {
    const date = dayOf(capture.ts);
    if (last?.date !== date) {
      last = { date, grid: h("ul.grid") };
      shown.append(h("h3", day(date)), last.grid);
    }
    last.grid.append(h("li", picture(capture, null, () => open(capture))));
  }

  async function older() {
    if (!next) return false;
    const count = list.length;
    try {
      const hadFocus = document.activeElement === more;
      add(await ask(next));
      // With the last ones it goes.
      if (hadFocus && more.hidden) shown.querySelectorAll(".picture")[count]?.focus();
      return true;
    } catch (error) {
      if (error.name !== "AbortError") say(error.message);
      return false;
    }
  }

  function showAnew() {
    last = null;
    keepFocus(shown, () => {
      fill(shown);
      list.forEach(append);
    });
    if (!list.length && !next) fill(place, none());
  }

  const none = () => empty("There are no captures of you.");

  async function newer() {
    const { rows, next: after } = await ask(newest);
    // Whoever looks at one goes back to where it was opened.
    if (document.querySelector("dialog[open]")) return;
    const [known, stored] = [list, rows].map((captures) => new Set(captures.map(({ file }) => file)));
    const count = rows.findIndex(({ file }) => known.has(file));
    const added = count < 0 ? rows : rows.slice(0, count);
    // As far back as the answer reaches.
    const left = list.filter(({ file, ts }) => stored.has(file) || (after && ts <= rows.at(-1).ts));
    if (!added.length && left.length === list.length) return;
    list.splice(0, list.length, ...added, ...left);
    showAnew();
    // The first ever.
    if (!shown.isConnected) fill(place, shown, h("p", more));
  }

  await view.load(place, () => ask(newest), (page) => {
    fill(shown);
    last = null;
    list.length = 0;
    add(page);
    return list.length ? [shown, h("p", more)] : none();
  });
  return newer;
}
