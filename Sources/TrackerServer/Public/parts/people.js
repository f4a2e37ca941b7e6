// People: their names, and a choice of them.

import { get } from "../lib/api.js";
import { h } from "../lib/h.js";

// The employees with their names. Ids without an account stand for themselves.
export async function loadPeople(signal) {
  const { users } = await get("/api/employees", {}, { signal });
  const names = new Map(users.map(({ email, name }) => [email, name || email]));
  return { users, nameOf: (id) => names.get(id) ?? id };
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
