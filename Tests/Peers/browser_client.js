// socket.io-client in headless Chromium behind the interface that README.md describes.
//
//   node browser_client.js LIBRARY [CHROMIUM]
//
// A small server gives the browser a page with the library, hands the page the commands as server-sent events, and takes
// what it reports as posts. The page has another origin than the server under test, as managers' pages have.

"use strict";

const fs = require("node:fs");
const http = require("node:http");
const os = require("node:os");
const path = require("node:path");
const readline = require("node:readline");
const { spawn } = require("node:child_process");

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
const profile = fs.mkdtempSync(path.join(os.tmpdir(), "browser-"));
const waiting = [];
let commands = null;
let chromium = null;
let errors = "";

function end(status) {
  // The whole group: Chromium is many processes.
  try {
    process.kill(-chromium.pid, "SIGKILL");
  } catch {}
  const deadline = Date.now() + 5000;
  for (;;) {
    try {
      fs.rmSync(profile, { recursive: true, force: true });
      break;
    } catch (error) {
      // A process that is about to die may still write there.
      if (Date.now() > deadline) throw error;
    }
  }
  process.exit(status);
}

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
  const options = [
    "--headless=new", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking",
    "--disable-component-update", "--disable-dev-shm-usage", `--user-data-dir=${profile}`,
    // Nobody speaks to it over the pipe, but Chromium ends when that closes: also when this program is killed.
    "--remote-debugging-pipe",
  ];
  // Chromium's sandbox does not run as root.
  if (process.getuid() === 0) options.push("--no-sandbox");
  chromium = spawn(browser, [...options, `http://127.0.0.1:${server.address().port}/`], {
    detached: true, stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
  });
  chromium.stderr.on("data", (data) => (errors = (errors + data).slice(-2000)));
  chromium.on("error", (error) => {
    console.error(`browser_client.js: ${browser} does not start: ${error.message}`);
    fs.rmSync(profile, { recursive: true, force: true });
    process.exit(1);
  });
  chromium.on("exit", () => {
    console.error(`browser_client.js: ${browser} ended: ${errors}`);
    end(1);
  });
});

for (const name of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(name, () => end(1));
readline.createInterface({ input: process.stdin })
  .on("line", (line) => line.trim() && pass(line))
  .on("close", () => end(0));
