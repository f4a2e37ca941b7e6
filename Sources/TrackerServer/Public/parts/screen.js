// A screen that is watched: its latest picture with its time and age, those before it, and how often it is captured.

import { duration, exactTime } from "../lib/format.js";
import { h, fill, keepFocus } from "../lib/h.js";
import { office } from "../lib/office.js";
import { intervalControl } from "./interval.js";
import { watch } from "./stream.js";

// Pictures that are kept of each screen, the last ones.
const history = 12;

// `{ element, start, startAgain, tick, end }`. seconds: the interval of captures. stop(): called by the button.
export function makeScreen(id, name, seconds, stop) {
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
  let ended = false;

  async function start() {
    watching?.abort();
    const mine = (watching = new AbortController());
    if (document.activeElement === again) halt.focus();
    again.hidden = true;
    said.textContent = "Waiting for the first picture…";
    try {
      await watch(id, add, mine.signal);
      over(`${name} has ended it, or tracks no more.`);
    } catch (error) {
      if (error.name === "AbortError") return;
      over(error.status === 404 ? stateWords(id, name) : error.status ? error.message : "The connection is gone.");
    }
  }

  function over(words) {
    watching = null;
    said.textContent = words + (frames.length ? " The last picture stays here." : "");
    again.hidden = false;
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
      h("img", { src: each.url, alt: "" }), each.at && exactTime(each.at)))));
    tick();
  }

  function tick() {
    const frame = chosen ?? frames[0];
    age.textContent = frame?.at
      ? `${chosen ? "An earlier picture: " : ""}${exactTime(frame.at)}, ${duration(Math.max(0, (Date.now() - new Date(frame.at)) / 1000))} ago` : "";
  }

  function end() {
    ended = true;
    watching?.abort();
    frames.forEach(({ url }) => URL.revokeObjectURL(url));
    element.remove();
  }

  return { element, start, tick, end, startAgain: () => !watching && !ended && start() };
}

function stateWords(id, name) {
  if (!office.online.has(id)) return `${name} is offline. The picture comes by itself when they track.`;
  return `${name} is not tracking. The picture comes by itself when they do.`;
}
