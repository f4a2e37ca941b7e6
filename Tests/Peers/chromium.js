// Headless Chromium, for the programs beside this one. It ends with them.

"use strict";

const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { spawn } = require("node:child_process");

// Shows a page. Returns `end(status)`, which ends this program too, and the two ends of the pipe over which Chromium takes
// commands and answers them (Chrome DevTools Protocol).
exports.start = (browser, url) => {
  const name = path.basename(process.argv[1]);
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "browser-"));
  const options = [
    "--headless=new", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-background-networking",
    "--disable-component-update", "--disable-dev-shm-usage", `--user-data-dir=${profile}`,
    // Chromium ends when the pipe closes: also when this program is killed.
    "--remote-debugging-pipe",
  ];
  // Chromium's sandbox does not run as root.
  if (process.getuid() === 0) options.push("--no-sandbox");
  const chromium = spawn(browser, [...options, url], {
    detached: true, stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
  });
  let errors = "";
  chromium.stderr.on("data", (data) => (errors = (errors + data).slice(-2000)));

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

  chromium.on("error", (error) => {
    console.error(`${name}: ${browser} does not start: ${error.message}`);
    fs.rmSync(profile, { recursive: true, force: true });
    process.exit(1);
  });
  chromium.on("exit", () => {
    console.error(`${name}: ${browser} ended: ${errors}`);
    end(1);
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => end(1));
  return { end, commands: chromium.stdio[3], answers: chromium.stdio[4] };
};
