// Screens as they are right now, several side by side. Whoever is watched sees by whom.

import { duration, exactTime } from "../lib/format.js";
import { fill, h, keepFocus } from "../lib/h.js";
import { office } from "../lib/office.js";
import { empty } from "../lib/view.js";
import { badge, loadPeople, stateOf } from "../parts/people.js";
import { watch } from "../parts/stream.js";

// Pictures that are kept of each screen, the last ones.
const history = 12;

export async function show(view) {
  const [list, screens] = [h("section", { "aria-label": "People" }), h("section.screens", { "aria-label": "Screens" })];
  view.root.append(
    h("p.quiet", "Whoever you watch sees that you do, and can end it; from when to when is recorded. Nothing is shown of a screen that is not tracked."), list, screens);
  const watched = new Map();
  let people;

  const chips = () => (people.users.length
    ? h("ul.chips", people.users.map(({ email }) => h("li", chip(email))))
    : empty("Nobody works here yet. ", h("a", { href: "/setup" }, "Add the first employee"), "."));
  const showList = () => keepFocus(list, () => fill(list, chips()));

  const chip = (id) => h(
    "button", { type: "button", "data-key": id, "aria-pressed": String(watched.has(id)), onclick: () => toggle(id) },
    people.nameOf(id), " ", badge(stateOf(id)));

  function toggle(id) {
    const hadFocus = screens.contains(document.activeElement);
    if (watched.has(id)) stop(id);
    else start(id);
    view.setQuery({ watch: [...watched.keys()].join(",") });
    showList();
    // Where it can be begun again.
    if (hadFocus) [...list.querySelectorAll("button")].find(({ dataset }) => dataset.key === id)?.focus();
  }

  function start(id) {
    const screen = makeScreen(id, people.nameOf(id), () => toggle(id));
    watched.set(id, screen);
    screens.append(screen.element);
    screen.start();
  }

  function stop(id) {
    watched.get(id)?.end();
    watched.delete(id);
  }

  for (const name of ["hello", "presence", "session"]) view.on(name, () => people && showList());
  // Who starts to work while somebody waits for it is shown.
  view.on("session", ({ employeeId, session }) => session.isActive && watched.get(employeeId)?.startAgain());
  view.every(1000, () => watched.forEach((screen) => screen.tick()));
  view.signal.addEventListener("abort", () => watched.forEach((screen) => screen.end()));
  const load = () => view.load(list, async () => (people = await loadPeople(view.signal)), () => {
    for (const id of (view.query.get("watch") ?? "").split(",")) if (id && !watched.has(id)) start(id);
    return chips();
  });
  view.on("account", load);
  await load();
}

function makeScreen(id, name, stop) {
  const image = h("img.live", { alt: `Screen of ${name}`, hidden: true });
  const [said, age, past] = [h("p", { role: "status" }), h("span.quiet"), h("div.strip")];
  const again = h("button", { type: "button", hidden: true, onclick: () => start() }, "Watch again");
  const end = h("button", { type: "button", onclick: stop }, "Stop");
  const element = h(
    "article.screen", { "aria-label": name },
    h("header", h("h2", name), age, again, end), said, image, past);
  const frames = [];
  let watching = null;
  let ended = false;

  async function start() {
    watching?.abort();
    const mine = (watching = new AbortController());
    if (document.activeElement === again) end.focus();
    again.hidden = true;
    said.textContent = "Waiting for the first picture…";
    try {
      await watch(id, add, mine.signal);
      over(`${name} has ended it, or has stopped tracking.`);
    } catch (error) {
      if (error.name === "AbortError") return;
      over(error.status === 404 ? stateWords(id, name) : error.message || "The connection is gone.");
    }
  }

  function over(words) {
    watching = null;
    said.textContent = words;
    again.hidden = false;
  }

  function add(frame) {
    said.textContent = frame.host ? `On ${frame.host}` : "";
    frames.unshift(frame);
    for (const old of frames.splice(history)) URL.revokeObjectURL(old.url);
    showFrame(frame);
    past.prepend(h(
      "button.picture", { type: "button", onclick: () => showFrame(frame) },
      h("img", { src: frame.url, alt: "" }), frame.at && exactTime(frame.at)));
    keepFocus(past, () => [...past.children].slice(history).forEach((old) => old.remove()));
  }

  function showFrame(frame) {
    image.hidden = false;
    image.src = frame.url;
    image.dataset.at = frame.at ?? "";
    tick();
  }

  function tick() {
    const at = image.dataset.at;
    age.textContent = at ? `${exactTime(at)}, ${duration(Math.max(0, (Date.now() - new Date(at)) / 1000))} ago` : "";
  }

  function close() {
    ended = true;
    watching?.abort();
    frames.forEach(({ url }) => URL.revokeObjectURL(url));
    element.remove();
  }

  return { element, start, tick, end: close, startAgain: () => !watching && !ended && start() };
}

function stateWords(id, name) {
  if (!office.online.has(id)) return `${name} is offline. It starts when they are tracking.`;
  return `${name} is not tracking. It starts when they do.`;
}
