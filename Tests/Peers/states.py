"""Has axe-core look at every state of the web admin's pages in Chromium: dialogs, what is empty, failed, forbidden or offline.

states.py URL EMPTY     takes {"manager": [email, password], "super_admin": ..., "employee": ..., "new": ...} on standard input

EMPTY is a server with nothing but the administrator. Each state is looked at wide and light, and as on a phone and dark; what looks
the same on all pages, in one of these. There it must have the words that it is to have. Writes a line for each complaint, then how many states were looked at; ends with 1 when
there is a complaint.
"""

import json
import re
import sys
import traceback

from admin import MANAGERS, Complaints, chromium, last_workday, new_page, settle, sign_in, totp, wait_until
from axe import violations
from playwright.sync_api import sync_playwright

# What pages ask for to show it, but who is signed in.
ASKED = re.compile(r"/(api/(?!me$|events$)|downloads/)")
SHAPES = [({"width": 390, "height": 844}, "dark"), ({"width": 1280, "height": 800}, "light")]
# What a page says in a new office.
EMPTY = {
    "/": "Add the first employee", "/hours": "Add the first employee", "/reports": "Nobody has hours in these days",
    "/activity": "Nothing has happened yet", "/screenshots": "There are no captures yet", "/live": "Add the first employee",
    "/setup": "There is no employee yet", "/client": "no client to download yet",
}


class States:
    def __init__(self, browser, url, accounts, complaints):
        self.browser, self.url, self.accounts, self.complaints = browser, url, accounts, complaints
        self.role, self.page = "nobody", None

    def person(self, role, path="/"):
        """A browser of its own for somebody; of nobody when `role` has no account."""
        self.role = role
        self.page = new_page(self.browser)
        self.page.on("pageerror", lambda error: self.complaints.add(role, error))
        if role in self.accounts:
            sign_in(self.page, self.url, self.accounts[role], path)

    def open(self, path):
        self.page.goto(self.url + path)
        settle(self.page)

    def look(self, state, words, shapes=SHAPES):
        where = f"{self.role}: {state}"
        self.complaints.count += 1
        try:
            self.page.get_by_text(words).first.wait_for()
        except Exception:
            self.complaints.add(where, f"does not say {words!r}, but {self.page.locator('body').inner_text()[:300]!r}")
        for shape, scheme in shapes:
            self.page.set_viewport_size(shape)
            self.page.emulate_media(color_scheme=scheme)
            # Colours fade over; axe is to see what comes of it.
            self.page.evaluate("Promise.all(document.getAnimations().map((animation) => animation.finished))")
            for violation in violations(self.page):
                self.complaints.add(f"{where}, {scheme}", violation)
            if (wider := self.page.evaluate("document.documentElement.scrollWidth - innerWidth")) > 0:
                self.complaints.add(f"{where}, {scheme}", f"is {wider} pixels wider than its window")

    def press(self, name, exact=True, within="body"):
        self.page.locator(within).get_by_role("button", name=name, exact=exact).first.click()

    def dismiss(self):
        self.page.keyboard.press("Escape")
        self.page.locator("dialog").wait_for(state="detached")

    # The states.

    def signing_in(self):
        self.person("nobody")
        self.page.goto(self.url)
        self.look("sign-in", "You need the client?")
        self.page.get_by_label("Email").fill("nobody@harbour.example")
        self.page.get_by_label("Password").fill("not a password")
        self.press("Sign in")
        self.look("sign-in refused", "Email or password is wrong")
        email, password = self.accounts["new"]
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.press("Sign in")
        self.look("a password of one's own", "Your password is temporary")
        self.page.get_by_label("New password").fill("one long password")
        self.page.get_by_label("Once more").fill("another password")
        self.press("Change password")
        self.look("two passwords", "The two are not the same")
        self.person("nobody")
        self.page.goto(self.url + "/client")
        self.look("client", "no client to download yet")

    def dialogs(self):
        self.person("super_admin", "/setup")
        self.press("Add an employee")
        self.look("a new employee", "They get a temporary password")
        self.page.get_by_label("Email").fill("kim\u200b\u2066@harbour.example")
        self.press("Add")
        self.look("an employee whose email is none", "The email must")
        self.page.get_by_label("Email").fill("mira@harbour.example")
        self.press("Add")
        self.look("an employee who is there already", "already exists")
        self.page.get_by_label("Email").fill("kim@harbour.example")
        self.press("Add")
        self.look("the temporary password", "It is shown only now")
        self.press("Done")
        self.press("Add a manager")
        self.look("a new manager", "A new manager")
        self.dismiss()
        for words in ["Rename", "Reset password", "Remove"]:
            self.press(f"{words}: Mira Ödegaard")
            self.look(words, f"{'Reset the password of' if 'Reset' in words else words} Mira Ödegaard")
            self.dismiss()
        self.turned()
        self.press("Change password")
        self.look("one's own password", "Everywhere else you are signed out")
        self.dismiss()
        self.press("Save")
        self.look("said at the foot", "Saved.")

    def turned(self):
        """Somebody whose name turns what follows it: not the words that stand around it."""
        self.press("Rename: kim@harbour.example")
        self.page.locator("dialog [name=name]").fill("\u202elive")
        self.press("Rename", within="dialog")
        self.press("Remove: \u202elive")
        self.page.get_by_text("can't sign in any more").wait_for()
        places = self.page.evaluate("""() => [...document.querySelectorAll("dialog :is(h2, p)")].map((line) => {
            const range = document.createRange();
            range.selectNodeContents(line.lastChild);
            return [line.querySelector("bdi")?.getBoundingClientRect().right, range.getClientRects()[0].left];
        })""")
        if any(name is None or words < name - 1 for name, words in places):
            self.complaints.add("a name", f"turns the words around it: {places}")
        self.dismiss()

    def doors(self):
        """Keys, sign-ins and the second factor."""
        self.person("super_admin", "/setup")
        self.press("Make a key")
        self.look("a new key", "It can't sign in, watch live or make keys")
        self.page.get_by_label("Name").last.fill("Payroll")
        self.press("Make", within="dialog")
        self.look("the key", "Programs send it as")
        # As on pages without TLS.
        self.page.evaluate("Object.defineProperty(Navigator.prototype, 'clipboard', {get: () => undefined})")
        self.press("Copy")
        self.page.get_by_text("Copied.").wait_for()
        self.press("Done")
        self.press("Remove: Payroll")
        self.look("Remove a key", "Programs that send it are refused at once")
        self.dismiss()
        self.press("End: ", exact=False)
        self.look("End a sign-in", "is signed out at once")
        self.dismiss()
        self.press("End sign-ins: Mira Ödegaard")
        self.look("End sign-ins", "The password stays")
        self.dismiss()
        self.press("Set up an authenticator app")
        secret = self.page.locator("dialog code.secret")
        secret.wait_for()
        self.look("a second factor", "Scan this with the app")
        self.page.locator("dialog [name=code]").fill(totp(secret.get_attribute("data-uri")))
        self.press("Confirm")
        self.look("recovery codes", "Each signs you in once")
        self.press("Done")
        self.look("keys, sign-ins, second factor", "Signing in takes a code")
        self.press("Remove the second factor")
        self.look("Remove the second factor", "From then on your password alone signs you in")
        self.person("nobody")
        self.page.goto(self.url)
        email, password = self.accounts["super_admin"]
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_label("Password").fill(password)
        self.press("Sign in")
        self.look("a code is asked for", "Of your app, or a recovery code")
        self.page.get_by_label("Code").fill("000000")
        self.press("Sign in")
        self.look("a wrong code", "The code is wrong")

    def opened(self):
        self.person("manager", "/reports")
        self.press("Last month")
        self.press("This month")
        self.press("Correct hours")
        self.look("a correction", "The recorded hours stay as they are")
        self.page.get_by_label("Person").last.select_option(index=1)
        self.page.get_by_label("Minutes").fill("5")
        self.page.get_by_label("Reason").fill("Fire drill")
        self.press("Correct", within="dialog")
        self.page.locator("dialog").wait_for(state="detached")
        self.press("Revoke the correction", exact=False)
        self.look("a revocation", "It will count no more")
        self.press("Revoke", within="dialog")
        self.look("a revoked correction", "it counts no more")
        self.press("Mira Ödegaard", within=".report")
        self.page.locator(".period button").first.click()
        self.look("what a day is made of", "Timeline of")
        self.open("/reports?from=2026-03-05&to=2026-03-01")
        self.look("days the wrong way round", "The last day is before the first")
        self.open("/reports?from=2020-03-01&to=2020-03-05")
        self.look("days without hours", "Nobody has hours in these days")
        self.open(f"/hours?employee=mira@harbour.example&day={last_workday()}")
        self.page.locator(".timeline .session").first.focus()
        self.look("a day", "Report and corrections of this day")
        self.open("/hours?employee=mira@harbour.example&day=2999-01-01")
        self.look("a day to come", "This day is still to come")
        self.open("/screenshots?employee=mira@harbour.example")
        self.page.locator(".gallery button").first.click()
        self.look("the viewer", "Full size")
        self.page.keyboard.press("Delete")
        self.look("deleting a capture", "goes for good")
        self.press("Cancel")
        self.page.get_by_text("goes for good").wait_for(state="detached")
        self.dismiss()
        self.gone()
        self.open("/screenshots?day=2020-01-01")
        self.look("nothing captured then", "Nothing was captured then")
        self.open("/nowhere")
        self.look("no such page", "There is nothing at this address")
        self.open("/live?watch=mira@harbour.example")
        self.look("somebody who is offline", "is offline")

    def gone(self):
        """Nothing of a capture that was deleted stays to be seen behind the words that say so."""
        self.page.route(re.compile(r"/uploads/[^?]*$"), lambda route: route.fulfill(status=404))
        self.page.locator(".gallery button").last.click()
        self.look("a picture that is gone", "This picture is not there any more")
        behind = self.page.locator(".viewer-picture").evaluate("(place) => getComputedStyle(place).backgroundImage")
        if behind != "none":
            self.complaints.add("a picture that is gone", f"stands behind the words: {behind}")
        self.page.unroute_all()
        self.dismiss()

    def new_office(self, url):
        (self.url, ours) = (url, self.url)
        self.person("super_admin")
        for path in MANAGERS:
            self.open(path)
            self.look(f"new office {path}", EMPTY[path], SHAPES[:1])
        self.url = ours

    def employee(self):
        self.person("employee")
        self.open("/me")
        # The manager of this office has opened one.
        self.look("who looked", "viewed your capture")
        self.looks_in_words()
        self.comes_back()
        self.press("Change password")
        self.page.get_by_text("also in the client").wait_for()
        for name, text in [("current", "not my password"), ("next", "a better password"), ("again", "a better password")]:
            self.page.locator(f"dialog [name={name}]").fill(text)
        self.press("Change password", within="dialog")
        self.look("a wrong password of one's own", "The password is wrong")
        self.dismiss()
        self.open("/me?from=2020-03-01&to=2020-03-05")
        self.look("no hours", "You have no hours in these days")
        self.fail("/me")

    def looks_in_words(self):
        """One line for each watch, from when to when to the second."""
        kinds = [("live_begun", None), ("live_ended", {"since": "2026-11-25T10:00:07.000Z"}), ("live_begun", None),
                 ("thumbnails_viewed", {"from": "2026-11-25", "to": "2026-11-25", "number": 1}), ("password_reset", {"temporary": True}),
                 ("tokens_ended", None)]
        rows = [{"n": number, "at": f"2026-11-25T10:0{number}:07.000Z", "who": "bo@harbour.example", "what": what, "detail": detail}
                for number, (what, detail) in enumerate(kinds)]
        self.page.route("**/api/audit/me?*", lambda route: route.fulfill(json=rows[::-1]))
        self.open("/me")
        said = [line.split("bo@harbour.example ")[1] for line in self.page.locator(".looks li").all_inner_texts()]
        self.page.unroute_all()
        wanted = ["signed your account out", "set a new password for your account", "looked at 1 small picture of Wed",
                  "began to watch your screen live", "watched your screen live from 11:00:07"]
        if len(said) != len(wanted) or not all(line.startswith(start) for line, start in zip(said, wanted)):
            self.complaints.add("who looked", f"says {said}")
        self.open("/me")

    def comes_back(self):
        """Whoever comes back to the page sees what is new, and does not wait for it."""
        now = {"session": None, "totalActiveSeconds": 0, "totalIdleSeconds": 0, "netActiveSeconds": 0, "correctionSeconds": 0,
               "intervalSeconds": 540}
        elsewhere = {"id": "x", "client": "curl/8", "address": "192.0.2.1", "createdAt": "2026-11-25T10:00:07.000Z", "current": False,
                     "lastUsedAt": "2026-11-25T10:00:07.000Z", "expiresAt": "2026-11-25T10:00:07.000Z"}
        self.page.route("**/api/work/me", lambda route: route.fulfill(json=now))
        self.page.route("**/api/auth/sessions", lambda route: route.fulfill(json={"sessions": [elsewhere]}))
        wait_until(self.page, "!document.querySelector('[aria-busy=true]')")
        self.page.evaluate("dispatchEvent(new Event('focus'))")
        self.page.get_by_text("captured every 9 minutes").wait_for(timeout=5000)
        self.page.get_by_role("rowheader", name="curl/8").wait_for(timeout=5000)
        self.page.unroute_all()

    def fail(self, path):
        """What the page asks for fails, and then it does not."""
        self.answer(500, {"error": "Something broke", "code": "internal"})
        self.open(path)
        self.look(f"{path} failed", "The server could not do it", SHAPES[:1])
        self.page.unroute_all()
        again = self.page.get_by_role("button", name="Try again")
        while count := again.count():
            again.first.click()
            try:
                wait_until(self.page, f"document.querySelectorAll('[data-key=again]').length < {count}")
            except TimeoutError:
                return self.complaints.add(f"{self.role}: {path}", "does not come back when it is tried again")

    def answer(self, status, body):
        self.page.route(ASKED, lambda route: route.fulfill(status=status, json=body))

    def broken(self):
        self.person("manager")
        for path in MANAGERS:
            self.fail(path)
        for path in ["/hours", "/live"]:
            self.answer(403, {"error": "Forbidden", "code": "forbidden"})
            self.open(path)
            self.look(f"{path} forbidden", "You have no right to see this", SHAPES[1:])
            self.page.unroute_all()
        self.page.route("**/api/**", lambda route: route.abort())
        self.page.goto(self.url + "/hours")
        self.look("the server is gone", "The server can't be reached")
        self.page.unroute_all()

    def offline(self):
        self.person("manager", "/setup")
        self.page.route("**/api/events", lambda route: route.abort())
        self.open("/setup")
        self.page.get_by_role("button", name="Rename", exact=False).first.wait_for()
        self.page.context.clear_cookies()
        self.press("Add an employee")
        self.page.get_by_label("Email").fill("late@harbour.example")
        self.press("Add")
        self.look("the login has ended over a form", "Your login has ended")
        self.page.locator("dialog").last.get_by_label("Password").fill("not a password")
        self.press("Sign in", within="dialog")
        self.look("refused over a form", "Email or password is wrong")


def main():
    url, empty = sys.argv[1:]
    accounts = json.load(sys.stdin)
    complaints = Complaints()
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        states = States(browser, url, accounts, complaints)
        for part in [states.signing_in, states.dialogs, states.doors, states.opened, lambda: states.new_office(empty), states.employee, states.broken, states.offline]:
            try:
                part()
            except Exception:
                complaints.add("states", traceback.format_exc())
            states.page.context.close()
        browser.close()
    return complaints.finish("states")


sys.exit(main())
