// Captures: small pictures, and the viewer that they open.

import { dayOf, exactTime, here, moment, ownMoment, recently, time, zonesDiffer } from "../lib/format.js";
import { arrange, fill, h, rememberFocus } from "../lib/h.js";

// A small picture with its exact time, and who it is of where `name` is given; `open` is called when it is chosen. `words`: where
// the day is to be said too.
export function picture(capture, name, open, words = exactTime(capture.ts)) {
  const image = h("img", {
    src: `/${capture.file}?width=320`, loading: "lazy", decoding: "async", width: 320, height: 200,
    alt: `Screen of ${name ?? capture.employeeId}, ${moment(capture.ts)}`,
  });
  mend(image);
  return h(
    "button.picture", { type: "button", "data-key": capture.file, onclick: open }, image,
    name && h("span", name, h("br")), whenTaken(capture.ts, words), earlier(capture));
}

// Says so when a picture is not there any more. A server that is busy or out of reach is asked again, ever less often.
function mend(image, wait = 3000) {
  image.addEventListener("error", async () => {
    const { status } = await fetch(image.src, { method: "HEAD" }).catch(() => ({ status: 0 }));
    const isGone = status === 404;
    const note = h("span.missing", isGone ? "This picture is not there any more." : "This picture can't be loaded now.");
    image.replaceWith(note);
    if (!isGone) setTimeout(() => {
      if (!note.isConnected) return;
      note.replaceWith(mend(image, Math.min(2 * wait, 30_000)));
      image.src = image.src;
    }, wait);
  }, { once: true });
  return image;
}

// The exact time in the organization's zone; the viewer's own where it differs.
export function whenTaken(instant, words = exactTime(instant)) {
  return h("time", { datetime: instant, title: zonesDiffer() ? `${moment(instant)}; here ${ownMoment(instant)}` : moment(instant) }, words);
}

// A time of today or of another day, with the viewer's own beside it where it differs.
export const recentWords = (instant) => [recently(instant), h("small", here(instant))];

// The same of today, to the minute.
export const timeToday = (instant) => [whenTaken(instant, time(instant)), h("small", here(instant, false))];

// Says that something is about a person who had the email before.
export function earlier(record) {
  return record.earlierAccount && h("small", " (an earlier account of this email)");
}

// How many of the same day stand in the strip on each side of the one that is shown.
const beside = 12;
// What a finger must have moved by, in pixels, to mean the next one.
const swipe = 50;

// Shows captures one at a time, newest first: left and right, Home and End, a swipe; Delete where the tools have it; Escape closes it.
// captures: may grow meanwhile. next(): loads older ones into it, and resolves to false when there are none.
// tools(capture, viewer): what else may be done with one; viewer.removed(capture) says that it is deleted and takes it away.
// moved(capture): another one is shown. closed(capture): none is, and the focus may go where this one is; else it goes back to where
// it was.
export function openViewer(captures, index, { nameOf = (id) => id, next, tools, moved, closed } = {}) {
  let current = captures[index];
  let loading = null;
  const thumbs = new Map();
  const place = h("div.viewer-picture");
  const caption = h("p", { role: "status" });
  const strip = h("div.strip", { role: "group", "aria-label": "The same day" });
  const extra = h("div.actions");
  const arrow = (step, name, sign) => h("button", { type: "button", onclick: () => move(step), "aria-label": name, title: name }, sign);
  const [newer, older] = [arrow(-1, "Newer", "←"), arrow(1, "Older", "→")];
  const element = h(
    "dialog.viewer", { "aria-label": "Capture", tabindex: "-1" },
    h(
      "div.viewer-head", caption, extra, newer, older,
      h("button", { type: "button", onclick: () => element.close(), "aria-label": "Close", title: "Close" }, "✕")),
    place, strip);
  const giveBack = rememberFocus();
  const ended = new AbortController();

  const at = () => captures.indexOf(current);

  // before: what has happened to another one.
  function show(before = "") {
    if (!current) return element.close();
    const here = at();
    // Only this one, and none beforehand: it stands in the list of who looked.
    fill(place, full(current));
    // The small one, which mostly is here already, until it comes.
    place.style.backgroundImage = `url(${JSON.stringify(`/${current.file}?width=320`)})`;
    fill(
      caption, before, h("strong", nameOf(current.employeeId)), " ", whenTaken(current.ts, moment(current.ts)), earlier(current),
      zonesDiffer() && h("small", ` here ${ownMoment(current.ts)}`));
    fill(extra, tools?.(current, { removed }), h("a", { href: `/${current.file}`, target: "_blank", rel: "noopener" }, "Full size"));
    showPlace();
    if (here + beside >= captures.length) loadMore();
    moved?.(current);
  }

  function showPlace() {
    const here = at();
    newer.ariaDisabled = here === 0 ? "true" : null;
    showStrip(here);
  }

  // An element of its own for each: a new picture never stands under an old one's words, nor the other way round.
  function full(capture) {
    return mend(h("img", { src: `/${capture.file}`, alt: `Screen of ${nameOf(capture.employeeId)}, ${moment(capture.ts)}` }));
  }

  // The captures around it that are of the same day.
  function showStrip(here) {
    const day = dayOf(current.ts);
    const near = captures.slice(Math.max(0, here - beside), here + beside + 1).filter(({ ts }) => dayOf(ts) === day);
    for (const capture of thumbs.keys()) if (!near.includes(capture)) thumbs.delete(capture);
    for (const capture of near) if (!thumbs.has(capture)) thumbs.set(capture, thumb(capture));
    arrange(strip, near.map((capture) => thumbs.get(capture)));
    for (const [capture, button] of thumbs) button.ariaCurrent = capture === current ? "true" : null;
    // Keys are heard as long as the focus is in here, and one that had it may be gone.
    if (!element.contains(document.activeElement)) element.focus();
    const middle = thumbs.get(current);
    strip.scrollLeft = middle.offsetLeft - strip.offsetLeft - (strip.clientWidth - middle.offsetWidth) / 2;
  }

  function thumb(capture) {
    const name = nameOf(capture.employeeId);
    return h(
      "button.picture", { type: "button", title: name, onclick: () => jump(capture) },
      mend(h("img", { src: `/${capture.file}?width=160`, alt: name, width: 160, height: 100 })), whenTaken(capture.ts));
  }

  function jump(capture) {
    if (!capture || capture === current) return;
    current = capture;
    show();
  }

  // Once at a time; what went wrong is said where the list is.
  function loadMore() {
    loading ??= Promise.resolve(next?.()).catch(() => false).then((hasMore) => {
      loading = null;
      if (hasMore && !ended.signal.aborted) showStrip(at());
    });
    return loading;
  }

  async function move(step) {
    if (!captures[at() + step] && step > 0) await loadMore();
    jump(captures[at() + step]);
  }

  // Meanwhile another one may be shown, or none.
  function removed(capture) {
    const place = captures.indexOf(capture);
    if (place < 0) return;
    captures.splice(place, 1);
    const isShown = capture === current;
    if (isShown) current = captures[Math.min(place, captures.length - 1)];
    if (ended.signal.aborted) return;
    if (isShown) show("Deleted. ");
    else showPlace();
  }

  element.addEventListener("keydown", (event) => {
    const action = {
      ArrowLeft: () => move(-1), ArrowRight: () => move(1), Home: () => jump(captures[0]), End: () => jump(captures.at(-1)),
      Delete: () => extra.querySelector("[data-key=delete]")?.click(),
    }[event.key];
    if (!action || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    action();
  });

  // A finger that goes sideways; two enlarge the page, and one moves in it then.
  let start = null;
  place.addEventListener("touchstart", ({ touches }) => {
    start = touches.length === 1 && (window.visualViewport?.scale ?? 1) < 1.01 ? touches[0] : null;
  }, { passive: true });
  place.addEventListener("touchend", ({ changedTouches: [end] }) => {
    if (!start) return;
    const [x, y] = [end.clientX - start.clientX, end.clientY - start.clientY];
    start = null;
    if (Math.abs(x) > swipe && Math.abs(x) > 2 * Math.abs(y)) move(x < 0 ? 1 : -1);
  }, { passive: true });

  // Nothing of it stays over another page.
  element.addEventListener("click", ({ target }) => target.closest("a[href]:not([target])") && element.close());
  addEventListener("popstate", () => element.close(), { signal: ended.signal });
  element.addEventListener("close", () => {
    ended.abort();
    element.remove();
    closed?.(current);
    // The list that this one is of may be gone.
    if (document.activeElement === document.body) giveBack();
  });
  document.body.append(element);
  element.showModal();
  element.focus();
  show();
}
