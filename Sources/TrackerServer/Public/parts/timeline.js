// A day as a timeline: work, idle, away, and the captures as marks under it. What is pointed at, touched or reached by keys
// is told in words with exact times.

import { daySpan, duration, exactTime, time, today } from "../lib/format.js";
import { fill, h, svg } from "../lib/h.js";

const hour = 3_600_000;
const [bar, marks, height] = [{ y: 4, height: 32 }, { y: 42, height: 10 }, 72];
const intro = "Point at it, touch it, or go along it with the arrow keys: exact times stand here.";
let count = 0;

// label: what the timeline is of. open(index): a capture was chosen.
// Its `show({ day, parts, captures })` shows a day anew; what has the focus keeps it.
export function timeline(label, open) {
  const hatch = `hatch-${count++}`;
  const root = svg("svg.timeline", { role: "group", "aria-label": label });
  const said = h("p.timeline-said", intro);
  const element = h("figure.day", root, said, legend());
  let [items, span, current, pointed] = [[], [0, 1], null, null];

  const tell = () => {
    const item = pointed ?? (root.contains(document.activeElement) ? current : null);
    said.textContent = item?.words ?? intro;
    root.classList.toggle("on-capture", pointed?.kind === "capture");
    for (const each of items) each.element.classList.toggle("on", each === item);
  };

  const reach = (item, takesFocus) => {
    current?.element.setAttribute("tabindex", "-1");
    current = item;
    item?.element.setAttribute("tabindex", "0");
    if (takesFocus) item?.element.focus();
    tell();
  };

  element.show = ({ day, parts, captures }) => {
    const hadFocus = root.contains(document.activeElement);
    const key = current?.key;
    span = shownSpan(day, parts, captures);
    items = [...sessionsAndBreaks(parts), ...captures.map(mark).reverse()];
    for (const item of items) item.element = draw(item, span, hatch);
    fill(root, hatching(hatch), hours(span), line(day, span), items.map((item) => item.element));
    pointed = null;
    reach(items.find((item) => item.key === key) ?? items[0], hadFocus);
  };

  // Marks are thin: what is near counts, more so under a finger.
  const at = (event) => {
    const box = root.getBoundingClientRect();
    const instant = span[0] + ((event.clientX - box.left) / box.width) * (span[1] - span[0]);
    const near = ((event.pointerType === "touch" ? 14 : 7) / box.width) * (span[1] - span[0]);
    const onMarks = event.clientY - box.top > bar.y + bar.height;
    const found = items.filter(({ kind, from, to }) =>
      (kind === "capture" ? onMarks && Math.abs(from - instant) <= near : !onMarks && from <= instant && instant <= to));
    return found.sort((one, other) => Math.abs(one.from - instant) - Math.abs(other.from - instant))[0] ?? null;
  };

  const pointAt = (event) => {
    pointed = at(event);
    tell();
  };
  root.addEventListener("pointermove", pointAt);
  root.addEventListener("pointerdown", pointAt);
  root.addEventListener("pointerleave", (event) => {
    // A finger that is lifted leaves what it asked.
    if (event.pointerType !== "touch") pointed = null;
    tell();
  });
  root.addEventListener("click", (event) => {
    const item = at(event);
    if (item?.kind === "capture") open(item.index);
  });
  // Not on the SVG itself: what hears of the focus there, Chromium lets have it.
  element.addEventListener("focusin", ({ target }) => {
    pointed = null;
    const item = items.find((each) => each.element === target);
    if (item && item !== current) reach(item);
    else tell();
  });
  element.addEventListener("focusout", () => queueMicrotask(tell));
  root.addEventListener("keydown", (event) => {
    const next = step(items, current, event.key);
    if (next) reach(next, true);
    else if (current?.kind === "capture" && ["Enter", " "].includes(event.key)) open(current.index);
    else return;
    event.preventDefault();
  });
  return element;
}

const legend = () => h(
  "figcaption.legend", h("span.key.work", "Work"),
  h("span.key.idle", "Idle: the lower part of each bar, as much as there was of it in all; at what times is not recorded"),
  h("span.key.away", "Away"), h("span.key.capture", "Capture"));

// Left and right go along sessions and breaks, or along captures; up and down from one to the other.
function step(items, current, key) {
  const isMark = current?.kind === "capture";
  const row = items.filter(({ kind }) => (kind === "capture") === (key === "ArrowDown" || (isMark && key !== "ArrowUp")));
  const place = row.indexOf(current);
  if (key === "ArrowRight") return row[place + 1];
  if (key === "ArrowLeft") return row[place - 1];
  if (key === "Home") return row[0];
  if (key === "End") return row.at(-1);
  if (key === "ArrowDown" && !isMark) return row.find(({ from }) => from >= current.from) ?? row.at(-1);
  if (key === "ArrowUp" && isMark) return row.findLast(({ from }) => from <= current.from) ?? row[0];
}

// The hours in which something is, whole ones and some at least; the whole day when there is nothing.
function shownSpan(day, parts, captures) {
  const [first, last] = daySpan(day);
  const instants = [...parts.flatMap(({ from, to }) => [from, to]), ...captures.map(({ ts }) => Date.parse(ts))];
  if (!instants.length) return [first, Math.max(last, first + hour)];
  const whole = (instant, round) => first + round((instant - first) / hour) * hour;
  const from = Math.max(first, whole(Math.min(...instants), Math.floor));
  const to = Math.min(last, Math.max(whole(Math.max(...instants), Math.ceil), from + 8 * hour));
  return [Math.max(first, Math.min(from, to - 8 * hour)), to];
}

function sessionsAndBreaks(parts) {
  const items = [];
  let end = null;
  for (const part of [...parts].sort((one, other) => one.from - other.from)) {
    if (end !== null && part.from - end >= 1000) {
      const words = `Away ${exactTime(end)} – ${exactTime(part.from)}, ${duration((part.from - end) / 1000)}`;
      items.push({ kind: "away", key: `away ${end}`, from: end, to: part.from, words });
    }
    const until = part.isActive ? "now, still active" : exactTime(part.to);
    const words = `Session ${exactTime(part.from)} – ${until}: ${duration(part.activeSeconds)}, of it ${duration(part.idleSeconds)} idle`;
    items.push({ kind: "session", key: part.id, from: part.from, to: part.to, part, words });
    end = Math.max(end ?? part.to, part.to);
  }
  return items;
}

function mark(capture, index) {
  const from = Date.parse(capture.ts);
  return { kind: "capture", key: capture.file, from, to: from, index, words: `Capture ${exactTime(from)}` };
}

const share = (instant, [from, to]) => `${(((instant - from) / (to - from)) * 100).toFixed(4)}%`;

function draw({ kind, key, from, to, part, words }, span, hatch) {
  const [x, width] = [share(from, span), share(span[0] + to - from, span)];
  if (kind === "capture") {
    return svg(
      "rect.capture", { role: "button", "aria-label": `${words}, open it`, "data-key": `on the line: ${key}`, tabindex: "-1", x, y: marks.y, width: 3, height: marks.height, rx: 1,
        transform: "translate(-1.5 0)" });
  }
  if (kind === "away") {
    return svg("g.away", { role: "img", "aria-label": words, tabindex: "-1" }, svg("rect.area", { x, width, ...bar }),
      svg("line", { x1: x, x2: share(to, span), y1: bar.y + bar.height / 2, y2: bar.y + bar.height / 2 }));
  }
  const idle = part.activeSeconds ? Math.min(1, part.idleSeconds / part.activeSeconds) * bar.height : 0;
  return svg(
    "g.session", { role: "img", "aria-label": words, tabindex: "-1" }, svg("rect.work", { x, width, ...bar }),
    idle > 0 && svg("rect.idle", { x, width, y: bar.y + bar.height - idle, height: idle }),
    idle > 0 && svg("rect", { x, width, y: bar.y + bar.height - idle, height: idle, fill: `url(#${hatch})` }));
}

const hatching = (id) => svg("defs", svg(
  "pattern", { id, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
  svg("rect.hatch", { width: 1.5, height: 5 })));

// A line each hour; as many times as there is room for, fewer on a phone.
function hours(span) {
  const total = (span[1] - span[0]) / hour;
  const every = [1, 2, 3, 6].find((step) => total / step <= 12) ?? 6;
  const marks = [];
  for (let number = 1; number < total; number++) {
    const [instant, x] = [span[0] + number * hour, share(span[0] + number * hour, span)];
    marks.push(svg("line.hour", { x1: x, x2: x, y1: 0, y2: 56 }));
    if (number % every === 0) {
      marks.push(svg(number % (every * 3) ? "text.more" : "text", { x, y: height - 4, "text-anchor": "middle" }, time(instant)));
    }
  }
  return svg("g", { "aria-hidden": "true" }, marks);
}

// Where the day has got to.
function line(day, span) {
  const now = Date.now();
  if (day !== today() || now < span[0] || now > span[1]) return null;
  return svg("line.now", { x1: share(now, span), x2: share(now, span), y1: 0, y2: 56, "aria-hidden": "true" });
}
