// A screen as it changes: /api/live/{id}/stream, one part of multipart/x-mixed-replace after the other (RFC 2046, section 5.1).

import { Failure } from "../lib/api.js";

// Calls show({ url, at, host }) for each picture, `at` being when the screen looked so. Watching lasts until the signal says no
// more. Resolves when the server ends it.
export async function watch(id, show, signal) {
  const response = await fetch(`/api/live/${encodeURIComponent(id)}/stream`, { signal });
  if (!response.ok) {
    const { error, code } = await response.json();
    throw new Failure(response.status, code, error);
  }
  const reader = response.body.getReader();
  let bytes = new Uint8Array();

  async function more() {
    const { done, value } = await reader.read();
    if (done) return false;
    const joined = new Uint8Array(bytes.length + value.length);
    joined.set(bytes);
    joined.set(value, bytes.length);
    bytes = joined;
    return true;
  }

  for (;;) {
    const end = headEnd(bytes);
    if (end < 0) {
      if (!(await more())) return;
      continue;
    }
    const head = fields(bytes.subarray(0, end));
    const length = Number(head.get("content-length"));
    while (bytes.length < end + length) if (!(await more())) return;
    const blob = new Blob([bytes.subarray(end, end + length)], { type: head.get("content-type") });
    bytes = bytes.slice(end + length);
    show({ url: URL.createObjectURL(blob), at: head.get("x-frame-timestamp"), host: decoded(head.get("x-frame-host")) });
  }
}

// Where a part's header fields end, behind the empty line; -1 while they are not all there. The boundary stands before them.
function headEnd(bytes) {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 4096));
  const start = text.search(/content-type:/i);
  const end = start < 0 ? -1 : text.indexOf("\r\n\r\n", start);
  return end < 0 ? -1 : end + 4;
}

function fields(bytes) {
  const lines = new TextDecoder().decode(bytes).split("\r\n").map((line) => /^([\w-]+): (.*)$/.exec(line)).filter(Boolean);
  return new Map(lines.map(([, name, value]) => [name.toLowerCase(), value]));
}

function decoded(host) {
  try {
    return host && decodeURIComponent(host);
  } catch {
    return host;
  }
}
