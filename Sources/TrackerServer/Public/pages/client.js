// The client for Linux: where it is, how to check it, and how to start it.

import { get } from "../lib/api.js";
import { size } from "../lib/format.js";
import { h } from "../lib/h.js";
import { empty } from "../lib/view.js";
import { copy } from "../parts/copy.js";
import { say } from "../parts/dialog.js";

export async function show(view) {
  const place = h("section");
  view.root.append(place);
  await view.load(place, () => get("/downloads/", {}, { signal: view.signal }), (programs) =>
    programs.length ? programs.map(program) : empty("This server has no client to download yet. Whoever runs the server can add it: “make release” makes it, and it is offered as soon as it lies beside the server."));
}

function program({ name, size: bytes, sha256 }) {
  const address = location.origin;
  return [
    h("p", h("a.button", { href: `/downloads/${name}`, download: true }, `Download ${name}`), " ", size(bytes), ", for Linux (x86-64)"),
    h("p.quiet", "SHA-256: ", h("code", sha256)),
    h("h2", "In a terminal"),
    commands([
      `curl -fsSO ${address}/downloads/${name}`,
      `echo "${sha256}  ${name}" | sha256sum -c`,
      `chmod +x ${name}`,
      `./${name} --backend-url ${address}`,
    ]),
    h("p", "It asks for email and password. At any moment it shows what is recorded, and who watches."),
  ];
}

function commands(lines) {
  const text = h("pre", { tabindex: 0 }, lines.join("\n"));
  return h("div", text, h("button", { type: "button", onclick: async () => say(await copy(text)) }, "Copy"));
}
