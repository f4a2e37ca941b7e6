// How often somebody's screen is captured: a choice that takes effect at once.

import { post, remove } from "../lib/api.js";
import { h } from "../lib/h.js";
import { office } from "../lib/office.js";
import { say } from "./dialog.js";

const choices = [["none", "None"], ["0", "Hours only"]];
for (let minutes = 2; minutes <= 20; minutes++) choices.push([String(minutes * 60), `Every ${minutes} min`]);

// What the choices mean, to stand near them.
export const intervalWords = "Captures are pictures of a person's screen, made while they track: as often as you choose here, or never "
  + "with “Hours only”. “None” means that nobody has chosen yet; nothing is captured then. A choice takes effect at once.";

// The interval of `id`, in seconds; null where none is assigned. onchange(seconds) is called when another one is in force.
export function intervalControl(id, seconds, { name = id, onchange } = {}) {
  const select = h(
    "select", { "aria-label": `Captures of ${name}` }, choices.map(([value, words]) => h("option", { value }, words)));
  const said = h("span.bad", { role: "alert" });
  const element = h("span.interval", { "data-interval-of": id }, select, said);
  let inForce = seconds ?? null;
  // What others set while an own choice is under way: the server says last what counts.
  let heard;
  let isSending = false;
  let timer = null;

  const show = () => {
    const value = inForce === null ? "none" : String(inForce);
    // Such as an older server may have stored.
    if (!choices.some(([known]) => known === value) && !select.querySelector(`[value="${value}"]`)) {
      select.append(h("option", { value }, `Every ${value} s`));
    }
    select.value = value;
  };

  // Keys pass over choices that are not meant; only where they come to rest is sent.
  select.addEventListener("change", () => {
    clearTimeout(timer);
    timer = setTimeout(send, 300);
  });
  select.addEventListener("blur", () => timer !== null && send());

  const chosen = () => (select.value === "none" ? null : Number(select.value));

  async function send() {
    clearTimeout(timer);
    timer = null;
    // What is under way goes on to it.
    if (isSending || chosen() === inForce) return;
    isSending = true;
    said.textContent = "";
    try {
      for (let wanted; wanted !== chosen();) {
        wanted = chosen();
        heard = undefined;
        await assign(id, wanted);
        if (wanted === chosen()) say(consequence(name, wanted, office.online.has(id)));
        inForce = heard === undefined ? wanted : heard;
      }
    } catch (error) {
      if (heard !== undefined) inForce = heard;
      clearTimeout(timer);
      timer = null;
      said.textContent = `Not changed. ${error?.message ?? ""}`;
    }
    isSending = false;
    if (timer === null) show();
    onchange?.(inForce);
  }

  element.addEventListener("interval", ({ detail }) => {
    heard = detail;
    if (isSending) return;
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

function consequence(name, seconds, isOnline) {
  const what = seconds === null ? "no interval, nothing is captured"
    : seconds === 0 ? "hours only, nothing is captured" : `a capture every ${seconds / 60} minutes`;
  return `${name}: ${what}. ${isOnline ? "In force now." : "The client hears it as soon as it is online."}`;
}
