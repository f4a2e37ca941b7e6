"""Drives the stock Firefox by WebDriver BiDi (https://www.w3.org/TR/webdriver-bidi/), which it speaks itself."""

import json
import re
import subprocess
import tempfile
import time

from websockets.sync.client import connect

# Code points that the protocol has for keys (WebDriver, section 17.4.2).
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c"}
# Nothing but what the pages ask for; and the browser does not call home.
PREFERENCES = {
    "app.normandy.enabled": False, "app.update.auto": False, "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False, "browser.shell.checkDefaultBrowser": False,
    "browser.startup.page": 0, "datareporting.policy.dataSubmissionEnabled": False, "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,", "toolkit.telemetry.server": "data:,",
}


class Refused(Exception):
    """The browser's answer to a command, or what a script threw."""


class Firefox:
    """A Firefox with a profile of its own, as long as the `with` lasts. `events` is what it has told unasked."""

    def __init__(self, program="firefox-esr"):
        self.program, self.events, self.count = program, [], 0

    def __enter__(self):
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        with open(self.profile.name + "/user.js", "w", encoding="utf-8") as file:
            for name, value in PREFERENCES.items():
                file.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
        # The last option lets us read what the browser says of pages on its own console, beside what their scripts say.
        self.process = subprocess.Popen(
            [self.program, "--headless", "--no-remote", "--profile", self.profile.name, "--remote-debugging-port", "0",
             "--remote-allow-system-access", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        address = next((found[1] for line in self.process.stderr
                        if (found := re.search(r"BiDi listening on (ws://\S+)", line))), None)
        if not address:
            raise Refused(f"{self.program} ended with {self.process.wait()}")
        self.connection = connect(address + "/session", max_size=None)
        self.socket = self.connection.__enter__()
        self.call("session.new", capabilities={})
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()
        self.profile.cleanup()

    def call(self, method, **parameters):
        self.count += 1
        self.socket.send(json.dumps({"id": self.count, "method": method, "params": parameters}))
        while (answer := json.loads(self.socket.recv(timeout=60))).get("id") != self.count:
            self.events.append(answer)
        if answer["type"] == "error":
            raise Refused(f"{method}: {answer['message']}")
        return answer["result"]

    def tab(self):
        """One that shares neither cookies nor anything else with others."""
        user = self.call("browser.createUserContext")["userContext"]
        return Tab(self, self.call("browsingContext.create", type="tab", userContext=user)["context"])

    def console(self):
        """What the browser's own console has of pages, oldest first: texts with where they come from."""
        chrome = self.call("browsingContext.getTree", **{"moz:scope": "chrome"})["contexts"][0]["context"]
        return Tab(self, chrome).evaluate("""JSON.stringify(Services.console.getMessageArray().map((message) =>
            message instanceof Ci.nsIScriptError ? [message.errorMessage, message.sourceName] : [message.message, ""]))""")


class Tab:
    def __init__(self, browser, context):
        self.browser, self.context = browser, context

    def goto(self, url):
        self.browser.call("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def resize(self, width, height):
        self.browser.call(
            "browsingContext.setViewport", context=self.context, viewport={"width": width, "height": height})

    def evaluate(self, script):
        """What a script that makes JSON comes to; of a promise, what that does."""
        answer = self.browser.call(
            "script.evaluate", expression=script, target={"context": self.context}, awaitPromise=True)
        if answer["type"] == "exception":
            raise Refused(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"].get("value", "null"))

    def wait(self, condition, seconds=30):
        """Waits until it holds; false when it never does. Asks again from here: a promise that waits in a page may go with its
        document, and is then never answered."""
        end = time.monotonic() + seconds
        while True:
            try:
                holds = self.evaluate(f"JSON.stringify(Boolean({condition}))")
            except Refused:
                # The document is just being exchanged.
                holds = False
            if holds or time.monotonic() > end:
                return holds
            time.sleep(0.02)

    def press(self, *keys):
        """Keys by their names, or texts letter by letter."""
        letters = [letter for key in keys for letter in ([KEYS[key]] if key in KEYS else key)]
        actions = [{"type": kind, "value": letter} for letter in letters for kind in ("keyDown", "keyUp")]
        self.browser.call("input.performActions", context=self.context, actions=[
            {"type": "key", "id": "keyboard", "actions": actions}])

    def close(self):
        self.browser.call("browsingContext.close", context=self.context)
