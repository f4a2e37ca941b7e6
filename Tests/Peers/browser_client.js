// socket.io-client in headless Chromium behind the interface that README.md describes.
//
//   node browser_client.js LIBRARY [CHROMIUM]
//
// A small server gives the browser a page with the library, hands the page the commands as server-sent events, and takes
// what it reports as posts. The page has another origin than the server under test, as managers' pages have.

"use strict";

const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const readline = require("node:readline");
const chromium = require("./chromium.js");

const PAGE = `<!doctype html><meta charset="utf-8"><title>client</title>
<script src="/library.js"></script><script src="/driver.js"></script>
<script>
  // One post after the other, so that reports arrive in their order.
  let posts = Promise.resolve();
  const report = (event) => {
    const body = JSON.stringify(event);
    posts = posts.then(() => fetch("/report", { method: "POST", body }));
  };
  const carryOut = makeDriver(io, report);
  new EventSource("/commands").onmessage = (event) => carryOut(JSON.parse(event.data));
</script>`;

const [library, browser = "chromium"] = process.argv.slice(2);
if (!library) {
  console.error("usage: node browser_client.js LIBRARY [CHROMIUM]");
  process.exit(2);
}

const code = fs.readFileSync(library, "utf8");
const version = /Socket\.IO v(\S+)/.exec(code.slice(0, 200))?.[1];
const waiting = [];
let commands = null;

function pass(line) {
  if (commands) commands.write(`data: ${line}\n\n`);
  else waiting.push(line);
}

const server = http.createServer((request, response) => {
  const send = (type, body) => response.writeHead(200, { "Content-Type": type }).end(body);
  switch (request.url) {
    case "/": return send("text/html", PAGE);
    case "/library.js": return send("text/javascript", code);
    case "/driver.js": return send("text/javascript", fs.readFileSync(path.join(__dirname, "driver.js")));
    case "/commands":
      response.writeHead(200, { "Content-Type": "text/event-stream" }).flushHeaders();
      commands = response;
      const agent = /Chrome\/(\S+)/.exec(request.headers["user-agent"])?.[1];
      console.log(JSON.stringify({ event: "ready", client: `socket.io-client ${version} in Chromium ${agent}` }));
      waiting.splice(0).forEach(pass);
      return;
    case "/report": {
      const parts = [];
      request.on("data", (part) => parts.push(part)).on("end", () => {
        process.stdout.write(Buffer.concat(parts).toString("utf8") + "\n");
        response.writeHead(204).end();
      });
      return;
    }
    default: response.writeHead(404).end();
  }
});

server.listen(0, "127.0.0.1", () => {
  const { end } = chromium.start(browser, `http://127.0.0.1:${server.address().port}/`);
  readline.createInterface({ input: process.stdin })
    .on("line", (line) => line.trim() && pass(line))
    .on("close", () => end(0));
});
