// How often somebody's screen is captured: a choice that takes effect at once.

import { post, remove } from "../lib/api.js";
import { h } from "../lib/h.js";
import { office } from "../lib/office.js";
import { confirm, say } from "./dialog.js";

const choices = [["none", "None"], ["0", "Hours only"]];
for (let minutes = 2; minutes <= 20; minutes++) choices.push([String(minutes * 60), `Every ${minutes} min`]);

// What the choices mean, to stand near them.
export const intervalWords = "Captures are pictures of a person's screen, made while they track: as often as you choose here, or never "
  + "with “Hours only”. With “None” the client waits for a choice: nothing is captured and no hours are counted, and the tracking of "
  + "whoever tracks stops. A choice takes effect at once; one made with the arrow keys when you press Enter or go on.";

// For how many milliseconds a choice rests before it counts: arrow keys pass over many that are not meant.
const restOfKeys = 4000;
const restOfOthers = 300;

// What is said of the choice before, by person.
const lines = new Map();

// The interval of `id`, in seconds; null where none is assigned. onchange(seconds) is called when another one is in force.
export function intervalControl(id, seconds, { name = id, onchange } = {}) {
  const select = h(
    "select", { "aria-label": `Captures of ${name}` }, choices.map(([value, words]) => h("option", { value }, words)));
  const said = h("span.bad", { role: "alert" });
  const waits = h("small", { role: "status" });
  const element = h("span.interval", { "data-interval-of": id }, select, waits, said);
  let inForce = seconds ?? null;
  // What was chosen last, and came to rest.
  let wanted = inForce;
  // What others set while an own choice is under way: the server says last what counts.
  let heard;
  let isSending = false;
  let isByKeys = false;
  let timer = null;

  const show = () => {
    const value = inForce === null ? "none" : String(inForce);
    // Such as an older server may have stored.
    if (!choices.some(([known]) => known === value) && !select.querySelector(`[value="${value}"]`)) {
      select.append(h("option", { value }, `Every ${value} s`));
    }
    select.value = value;
  };

  select.addEventListener("pointerdown", () => (isByKeys = false));
  select.addEventListener("keydown", (event) => {
    isByKeys = true;
    if (timer === null || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") show();
    settle();
  });
  select.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(settle, isByKeys ? restOfKeys : restOfOthers);
    waits.textContent = isByKeys ? "Enter sets it." : "";
  });
  select.addEventListener("blur", () => timer !== null && settle());

  function settle() {
    clearTimeout(timer);
    timer = null;
    waits.textContent = "";
    wanted = select.value === "none" ? null : Number(select.value);
    // What is under way goes on to it.
    if (!isSending) send();
  }

  async function send() {
    isSending = true;
    heard = undefined;
    said.textContent = "";
    let isChanged = false;
    try {
      for (let last = inForce; last !== wanted;) {
        last = wanted;
        if (last === null && office.tracking.has(id) && !(await agreesToStop(name))) break;
        heard = undefined;
        await assign(id, last);
        isChanged = true;
        if (last === wanted) {
          lines.get(id)?.remove();
          lines.set(id, say(consequence(name, last, office.online.has(id))));
        }
        inForce = heard === undefined ? last : heard;
      }
    } catch (error) {
      clearTimeout(timer);
      timer = null;
      waits.textContent = "";
      said.textContent = `Not changed. ${error?.message ?? ""}`;
    }
    if (heard !== undefined) inForce = heard;
    isSending = false;
    if (timer === null) show();
    if (isChanged) onchange?.(inForce);
  }

  element.addEventListener("interval", ({ detail }) => {
    if (isSending) return (heard = detail);
    inForce = detail;
    if (timer === null) show();
  });
  show();
  return element;
}

// Shows in all controls of that person what is in force now.
export function showInterval(id, seconds) {
  for (const element of document.querySelectorAll("[data-interval-of]")) {
    if (element.dataset.intervalOf === id) element.dispatchEvent(new CustomEvent("interval", { detail: seconds ?? null }));
  }
}

office.on("interval", ({ employeeId, intervalSeconds }) => showInterval(employeeId, intervalSeconds));

async function assign(id, seconds) {
  if (seconds !== null) return post("/api/capture-interval", { employeeId: id, intervalMinutes: seconds / 60 });
  try {
    await remove(`/api/capture-interval/${encodeURIComponent(id)}`);
  } catch (error) {
    // Somebody else was quicker; there is none, as wanted.
    if (error.status !== 404) throw error;
  }
}

const agreesToStop = (name) => confirm(
  ["No interval for ", h("bdi", name), "?"],
  "They are tracking now. Their tracking stops at once, and no hours are counted until somebody chooses again. “Hours only” "
    + "captures nothing and goes on counting.", "Stop tracking");

function consequence(name, seconds, isOnline) {
  const what = seconds === null ? "no interval, nothing is captured and no hours are counted"
    : seconds === 0 ? "hours only, nothing is captured" : `a capture every ${seconds / 60} minutes`;
  return [h("bdi", name), `: ${what}. ${isOnline ? "In force now." : "The client hears it as soon as it is online."}`];
}
