// People: their names, and what they do right now.

import { get } from "../lib/api.js";
import { h } from "../lib/h.js";
import { office } from "../lib/office.js";

// The employees with their names. Ids without an account stand for themselves.
export async function loadPeople(signal) {
  const { users } = await get("/api/employees", {}, { signal });
  const names = new Map(users.map(({ email, name }) => [email, name || email]));
  return { users, nameOf: (id) => names.get(id) ?? id };
}

// Tracking, only online, or away. `isIdle` says that nothing was typed or moved in the last minute.
export function stateOf(id, isIdle = false) {
  if (office.tracking.has(id)) return isIdle ? ["idle", "Idle"] : ["working", "Tracking"];
  return office.online.has(id) ? ["online", "Online, not tracking"] : ["off", "Away"];
}

export function badge([kind, words]) {
  return h(`span.badge.${kind}`, words);
}

// A choice of everybody or one person: <select name="employee">.
export function chooser(people, chosen, change, { all = "Everybody" } = {}) {
  const select = h(
    "select", { name: "employee", "data-key": "employee", onchange: () => change(select.value) },
    all && h("option", { value: "" }, all),
    people.users.map(({ email }) => h("option", { value: email }, people.nameOf(email))));
  // One without an account may be asked for by an address.
  if (chosen && !people.users.some(({ email }) => email === chosen)) select.append(h("option", { value: chosen }, chosen));
  select.value = chosen ?? "";
  return h("label.field", h("span", "Person"), select);
}
