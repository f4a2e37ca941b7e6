// A page in headless Chromium, as README.md describes.
//
//   node page.js [CHROMIUM]

"use strict";

const readline = require("node:readline");
const chromium = require("./chromium.js");

const { end, commands, answers } = chromium.start(process.argv[2] ?? "chromium", "about:blank");
const report = (event) => process.stdout.write(JSON.stringify(event) + "\n");

// Chrome DevTools Protocol: messages of JSON with a NUL behind each.
let sent = 0;
const asked = new Map();
const waiting = new Map();
let unread = "";

function ask(method, params = {}, sessionId = undefined) {
  sent += 1;
  commands.write(JSON.stringify({ id: sent, method, params, sessionId }) + "\0");
  return new Promise((resolve, reject) => asked.set(sent, { resolve, reject }));
}

// The next message of that name.
const told = (method) => new Promise((resolve) => waiting.set(method, resolve));

answers.setEncoding("utf8").on("data", (text) => {
  const parts = (unread + text).split("\0");
  unread = parts.pop();
  for (const message of parts.map((part) => JSON.parse(part))) {
    if (message.id) {
      const { resolve, reject } = asked.get(message.id);
      asked.delete(message.id);
      if (message.error) reject(new Error(message.error.message));
      else resolve(message.result);
    } else {
      waiting.get(message.method)?.(message.params);
      waiting.delete(message.method);
    }
  }
});

async function attach() {
  const { targetInfos } = await ask("Target.getTargets");
  const { targetId } = targetInfos.find(({ type }) => type === "page");
  const { sessionId } = await ask("Target.attachToTarget", { targetId, flatten: true });
  await ask("Page.enable", {}, sessionId);
  // Some of the addresses whose origin a script needs are no pages, and allow none.
  await ask("Page.setBypassCSP", { enabled: true }, sessionId);
  const actions = {
    async open({ url }) {
      const loaded = told("Page.loadEventFired");
      const { errorText } = await ask("Page.navigate", { url }, sessionId);
      if (errorText) throw new Error(`${url}: ${errorText}`);
      await loaded;
      report({ event: "opened" });
    },
    async evaluate({ script }) {
      const { result, exceptionDetails } = await ask(
        "Runtime.evaluate", { expression: script, awaitPromise: true, returnByValue: true }, sessionId);
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      report({ event: "value", value: result.value ?? null });
    },
  };
  report({ event: "ready" });
  let last = Promise.resolve();
  readline.createInterface({ input: process.stdin })
    .on("line", (line) => {
      const command = JSON.parse(line);
      const action = last.then(() => actions[command.do](command));
      last = action.catch(({ message }) => report({ event: "failed", message }));
    })
    .on("close", () => end(0));
}

attach().catch((error) => {
  console.error(`page.js: ${error.message}`);
  end(1);
});
