// A screen that is watched: its latest picture with its time and age, those before it, and how often it is captured.

import { duration, here, recently } from "../lib/format.js";
import { h, fill, keepFocus } from "../lib/h.js";
import { office } from "../lib/office.js";
import { intervalControl } from "./interval.js";
import { whenTaken } from "./picture.js";
import { watch } from "./stream.js";

// Pictures that are kept of each screen, the last ones.
const history = 12;
// So long after a stream's end, in milliseconds, it may be told on the other connection that somebody has left.
const aMoment = 500;
// What has failed is tried again after that.
const aWhile = 5000;

// `{ element, start, rest, heed, tick, end, isRefused }`. seconds: the interval of captures. stop(): called by the button. changed():
// called when the person ends it, and when they are asked again.
export function makeScreen(id, name, seconds, stop, changed) {
  const image = h("img.live", { alt: `Screen of ${name}`, hidden: true });
  const [said, age, past] = [h("p", { role: "status" }), h("p.age"), h("div.strip", { role: "group", "aria-label": "Pictures before" })];
  const again = h("button", { type: "button", hidden: true, onclick: () => start() }, "Watch again");
  const halt = h("button", { type: "button", onclick: stop }, "Stop");
  const element = h(
    "article.screen", { "aria-label": name },
    h(
      "header", h("h2", name), h("span.row.tight", h("span.quiet", "Captures"), intervalControl(id, seconds, { name })),
      again, halt),
    said, age, image, past);
  const frames = [];
  let chosen = null;
  let watching = null;
  let isGone = false;
  // Why nothing comes: "away", "lost", "refused", "unseen", or what the server says.
  let why = null;
  let lastAway = -Infinity;

  async function start() {
    watching?.abort();
    const mine = (watching = new AbortController());
    const wasRefused = why === "refused";
    why = null;
    if (wasRefused) changed();
    if (document.activeElement === again) halt.focus();
    again.hidden = true;
    said.textContent = "Waiting for the first picture…";
    try {
      await watch(id, add, mine.signal);
      await new Promise((resolve) => setTimeout(resolve, aMoment));
      if (!mine.signal.aborted) over(whyEnded());
    } catch (error) {
      if (error.name !== "AbortError") over(error.status === 404 ? "away" : error.status ? error.message : "lost");
    }
  }

  // The server ends it also where the person tracks no more, and where it stops itself.
  function whyEnded() {
    if (!office.isThere) return "lost";
    return canBeSeen(id) && performance.now() - lastAway > 4 * aMoment ? "refused" : "away";
  }

  function over(reason) {
    watching = null;
    why = reason;
    sayWhy();
    again.hidden = false;
    if (why === "refused") changed();
    if (why === "lost" || (why === "away" && canBeSeen(id))) setTimeout(() => office.isThere && heed(), aWhile);
  }

  function sayWhy() {
    const words = {
      away: awayWords(id, name), lost: "The connection is gone.", refused: `${name} has ended it.`, unseen: "Nobody sees this page.",
    }[why] ?? why;
    said.textContent = words + (frames.length ? " The last picture stays here." : "");
  }

  // Nobody sees the page.
  function rest() {
    if (why === "refused") return;
    watching?.abort();
    over("unseen");
  }

  // Somebody has come or gone. It begins again by itself, but where the person has ended it.
  function heed() {
    if (!canBeSeen(id)) lastAway = performance.now();
    if (watching || isGone || office.rests || why === "refused") return;
    if (why !== "away" || canBeSeen(id)) start();
    else sayWhy();
  }

  function add(frame) {
    said.textContent = frame.host ? `On ${frame.host}` : "";
    frames.unshift(frame);
    for (const old of frames.splice(history)) URL.revokeObjectURL(old.url);
    // Whoever looks at an earlier one goes on doing so.
    if (!frames.includes(chosen)) chosen = null;
    show();
  }

  function show() {
    const frame = chosen ?? frames[0];
    image.hidden = false;
    image.src = frame.url;
    keepFocus(past, () => fill(past, frames.map((each, index) => h(
      "button.picture", {
        type: "button", "data-key": each.url, "aria-current": each === frame && "true",
        onclick: () => {
          chosen = index ? each : null;
          show();
        },
      },
      h("img", { src: each.url, alt: "" }), each.at && whenTaken(each.at)))));
    tick();
  }

  function tick() {
    const frame = chosen ?? frames[0];
    const seconds = (Date.now() - new Date(frame?.at)) / 1000;
    age.textContent = frame?.at
      ? `${chosen ? "An earlier picture: " : ""}${recently(frame.at)}${here(frame.at)}, ${duration(Math.max(0, seconds))} ago` : "";
  }

  function end() {
    isGone = true;
    watching?.abort();
    frames.forEach(({ url }) => URL.revokeObjectURL(url));
    element.remove();
  }

  return { element, start, rest, heed, tick, end, isRefused: () => why === "refused" };
}

const canBeSeen = (id) => office.online.has(id) && office.tracking.has(id);

function awayWords(id, name) {
  if (!office.online.has(id)) return `${name} is offline. The picture comes by itself when they track.`;
  return `${name} is not tracking. The picture comes by itself when they do.`;
}
