// Screens as they are right now, several side by side. Whoever is watched sees by whom.

import { get } from "../lib/api.js";
import { arrange, h, fill, keepFocus } from "../lib/h.js";
import { office } from "../lib/office.js";
import { badge, empty, zoneNote } from "../lib/view.js";
import { showInterval } from "../parts/interval.js";
import { loadPeople } from "../parts/people.js";
import { makeScreen } from "../parts/screen.js";

// Each takes a connection of the six that a browser has to a server, for all its pages.
const most = 4;

export async function show(view) {
  const note = h("p", { role: "status" });
  const [list, screens, rest] = [
    h("section", { "aria-label": "People" }), h("section.screens", { "aria-label": "Screens" }), h("section", { "aria-label": "Others" })];
  view.root.append(
    h("p.quiet", "Whoever you watch sees your name while you do, and can end it; from when to when is recorded. "
      + "A screen is only shown while its owner tracks."),
    zoneNote() || "", list, note, screens, rest);
  const watched = new Map();
  let [people, intervals] = [null, {}];

  const load = async () => {
    const ask = (path) => get(path, {}, { signal: view.signal });
    [people, { intervals }] = await Promise.all([loadPeople(view.signal), ask("/api/capture-intervals")]);
  };

  function chips() {
    if (!people.users.length) return empty("Nobody works here yet. ", h("a", { href: "/setup" }, "Add the first employee"), ".");
    const here = people.users.filter(({ email }) => office.tracking.has(email));
    return [
      h("h2", "Tracking now"), here.length ? group(here) : h("p.quiet", "Nobody tracks right now. Whoever starts appears here by itself."),
    ];
  }

  function others() {
    const away = people.users.filter(({ email }) => !office.tracking.has(email));
    return away.length > 0 && [h("h2", "Not tracking"), group(away)];
  }

  const group = (users) => h("ul.chips", users.map(({ email }) => h("li", chip(email))));

  const chip = (id) => h(
    "button", {
      type: "button", "aria-pressed": String(watched.has(id)), "data-key": id, onclick: () => toggle(id),
      title: watched.has(id) ? "Stop watching" : "Watch",
    },
    people.nameOf(id), office.online.has(id) && !office.tracking.has(id) && [" ", badge(["online", "Online"])]);

  const showList = () => keepFocus(view.root, () => {
    fill(list, chips());
    fill(rest, others());
  });

  // Whoever has ended it is not asked again by a reload.
  const shown = () => ({ watch: [...watched.keys()].filter((id) => !watched.get(id).isRefused()).join(",") });
  const remember = () => view.setQuery(shown());

  // Watches those whom the address says.
  function follow() {
    const wanted = new Set((view.query.get("watch") ?? "").split(",").filter(Boolean));
    for (const id of [...watched.keys()]) if (!wanted.has(id)) stop(id);
    for (const id of wanted) if (!watched.has(id)) start(id);
  }

  function toggle(id) {
    const hadFocus = screens.contains(document.activeElement);
    if (watched.has(id)) stop(id);
    else if (!start(id)) return;
    view.choose(shown());
    showList();
    // Where it can be begun again.
    if (hadFocus) [...view.root.querySelectorAll(".chips button")].find(({ dataset }) => dataset.key === id)?.focus();
  }

  // False where there are too many.
  function start(id) {
    note.textContent = watched.size < most ? "" : `You can watch ${most} people at a time. Stop one to watch ${people.nameOf(id)}.`;
    if (watched.size === most) return false;
    const screen = makeScreen(id, people.nameOf(id), intervals[id], () => toggle(id), remember);
    watched.set(id, screen);
    arrange(screens, [...watched.values()].map(({ element }) => element));
    if (office.rests) screen.rest();
    else screen.start();
    // On a phone the people above may fill the window.
    if (office.tracking.has(id)) screen.element.scrollIntoView({ block: "nearest" });
    return true;
  }

  function stop(id) {
    watched.get(id)?.end();
    watched.delete(id);
    note.textContent = "";
  }

  for (const name of ["presence", "session"]) view.on(name, () => people && showList());
  // While there was no connection, anything may have changed.
  for (const name of ["hello", "account"]) view.on(name, async () => {
    if (!people) return;
    await load().catch(() => {});
    if (view.signal.aborted) return;
    for (const id of watched.keys()) showInterval(id, intervals[id]);
    showList();
  });
  // What is waited for begins again by itself.
  view.on("hello", () => watched.forEach((screen) => screen.heed()));
  view.on("rest", () => watched.forEach((screen) => screen.rest()));
  view.on("presence", ({ userId }) => watched.get(userId)?.heed());
  view.on("session", ({ employeeId }) => watched.get(employeeId)?.heed());
  view.on("interval", ({ employeeId, intervalSeconds }) => (intervals[employeeId] = intervalSeconds ?? undefined));
  view.every(1000, () => watched.forEach((screen) => screen.tick()));
  view.signal.addEventListener("abort", () => watched.forEach((screen) => screen.end()));
  await view.load(list, load, () => {
    follow();
    remember();
    // Those who stay go on as they are.
    view.moved = () => keepFocus(view.root, () => {
      follow();
      showList();
    });
    fill(rest, others());
    return chips();
  });
}
