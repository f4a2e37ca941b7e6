// Where an account is signed in, and how that ends.

import { get, remove } from "../lib/api.js";
import { moment, shortMoment } from "../lib/format.js";
import { h } from "../lib/h.js";
import { confirm, say } from "./dialog.js";

// The section with one's own.
export function signIns(view) {
  const place = h("div");
  const load = () => view.load(
    place, () => get("/api/auth/sessions", {}, { signal: view.signal }), ({ sessions }) => table(sessions, load));
  load();
  // No event tells of a login.
  const again = () => document.hidden || load();
  view.every(15_000, again);
  addEventListener("focus", again, { signal: view.signal });
  return h(
    "section", h("h2", "Where you are signed in"),
    h("p.quiet", "Each row is one sign-in. End what you do not know, and change your password."), place);
}

// An administrator ends all of somebody else's. who(): an element with the name.
export async function endSignIns(who, email) {
  if (!(await confirm(["Sign ", who(), " out everywhere?"], "The password stays, and they can sign in again.", "End sign-ins"))) return;
  try {
    await remove(`/api/accounts/${encodeURIComponent(email)}/sessions`);
    say([who(), " is signed out."]);
  } catch (error) {
    say(error.message);
  }
}

const table = (rows, reload) => h(
  "table.cards",
  h("thead", h("tr", ["Program", "Address", "Since", "Last used", "Ends"].map((name) => h("th", name)),
    h("th", h("span.hidden", "Actions")))),
  h("tbody", rows.map((row) => signIn(row, reload))));

function signIn(row, reload) {
  const when = (name, instant) => h(
    "td", { "data-name": name }, h("time", { datetime: instant, title: moment(instant) }, shortMoment(instant)));
  const program = programOf(row.client);
  return h(
    "tr", h("th", { scope: "row", title: row.client }, program), h("td", { "data-name": "Address" }, row.address),
    when("Since", row.createdAt), when("Last used", row.lastUsedAt), when("Ends", row.expiresAt),
    h("td.wide", row.current
      ? h("span.badge", "This one")
      : h("button.plain", {
        type: "button", "aria-label": `End: ${program}`, "data-key": `End ${row.id}`, onclick: () => end(row, program, reload),
      }, "End")));
}

// What people call it: browsers name many others before themselves.
function programOf(client) {
  const browser = [["Firefox", /Firefox\//], ["Edge", /Edg\//], ["Opera", /OPR\//], ["Chrome", /Chrom(e|ium)\//], ["Safari", /Safari\//]]
    .find(([, pattern]) => pattern.test(client))?.[0];
  if (!browser) return client.length > 60 ? `${client.slice(0, 60)}…` : client || "Unknown";
  const system = [["Android", /Android/], ["iPhone", /iPhone/], ["iPad", /iPad/], ["Windows", /Windows/], ["Mac", /Mac OS X/],
    ["Linux", /Linux|X11/]].find(([, pattern]) => pattern.test(client))?.[0];
  return system ? `${browser} on ${system}` : browser;
}

async function end(row, program, reload) {
  const words = [h("bdi", program), `, signed in since ${moment(row.createdAt)} from ${row.address}, is signed out at once.`];
  if (!(await confirm("End this sign-in?", words, "End"))) return;
  try {
    await remove(`/api/auth/sessions/${encodeURIComponent(row.id)}`);
    say("Ended.");
  } catch (error) {
    say(error.message);
  }
  reload();
}
