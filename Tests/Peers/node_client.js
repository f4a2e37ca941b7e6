// socket.io-client in Node behind the interface that README.md describes.
//
//   node --experimental-websocket node_client.js LIBRARY
//
// LIBRARY is the build for browsers, so that Node and Chromium run the same file. Of what a browser has and Node 20 has not,
// it wants XMLHttpRequest and FileReader; the little that it uses of them stands here, on fetch.

"use strict";

const path = require("node:path");
const readline = require("node:readline");
const { makeDriver } = require("./driver.js");

class XMLHttpRequest {
  constructor() {
    this.readyState = 0;
    this.status = 0;
    this.responseText = "";
    this.withCredentials = false;
    this.onreadystatechange = null;
    this.headers = new Headers();
    this.controller = new AbortController();
  }

  open(method, url) {
    this.method = method;
    this.url = url;
    this.readyState = 1;
  }

  setDisableHeaderCheck() {}

  setRequestHeader(name, value) {
    this.headers.set(name, value);
  }

  getResponseHeader(name) {
    return this.response?.headers.get(name) ?? null;
  }

  send(body) {
    this.exchange(body ?? undefined).catch(() => {
      this.status = 0;
      this.responseText = "";
    }).then(() => {
      if (this.controller.signal.aborted) return;
      this.readyState = 4;
      this.onreadystatechange?.();
    });
  }

  async exchange(body) {
    const { method, headers } = this;
    const response = await fetch(this.url, { method, headers, body, signal: this.controller.signal });
    this.response = response;
    this.responseText = await response.text();
    this.status = response.status;
  }

  abort() {
    this.controller.abort();
  }
}

class FileReader {
  readAsDataURL(blob) {
    blob.arrayBuffer().then((bytes) => {
      this.result = "data:;base64," + Buffer.from(bytes).toString("base64");
      this.onload?.();
    });
  }
}

function main() {
  const [library] = process.argv.slice(2);
  if (!library) {
    console.error("usage: node --experimental-websocket node_client.js LIBRARY");
    process.exit(2);
  }
  if (typeof WebSocket === "undefined") {
    console.error("node_client.js: Node 20 has WebSocket only with --experimental-websocket");
    process.exit(2);
  }
  // Before the library is loaded: it looks for them then.
  Object.assign(globalThis, { XMLHttpRequest, FileReader });
  const io = require(path.resolve(library));

  const report = (event) => process.stdout.write(JSON.stringify(event) + "\n");
  const carryOut = makeDriver(io, report);
  const version = /Socket\.IO v(\S+)/.exec(require("node:fs").readFileSync(library, "utf8").slice(0, 200))?.[1];
  report({ event: "ready", client: `socket.io-client ${version} in Node ${process.versions.node}` });
  readline.createInterface({ input: process.stdin })
    .on("line", (line) => line.trim() && carryOut(JSON.parse(line)))
    .on("close", () => process.exit(0));
}

main();
