"""Does every task of the web admin by keyboard alone, in Chromium, and says where that does not go.

keyboard.py URL     takes {"super_admin": [email, password], "new": [email, temporary password], ...} on standard input

Nothing is clicked, and no script moves the focus. Wherever a key has led, the focus must be somewhere, seen by its outline, in
the window, and not under the frame. Writes a line for each complaint, then how many tasks were done; ends with 1 when there is
a complaint.
"""

import json
import sys
import traceback
from datetime import timedelta
from urllib.request import Request, urlopen

from admin import MANAGERS, PATIENCE, Complaints, chromium, last_workday, new_page, settle, totp
from playwright.sync_api import expect, sync_playwright

HEADINGS = ["Dashboard", "Work hours", "Reports", "Activity", "Screenshots", "Live view", "Setup", "Client"]
# Where the focus is, what it is called, and whether that is seen.
FOCUS = """(() => {
    const element = document.activeElement;
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const middle = document.elementFromPoint((box.left + box.right) / 2, (Math.max(0, box.top) + Math.min(innerHeight, box.bottom)) / 2);
    const words = element.ariaLabel ?? element.labels?.[0]?.querySelector("span")?.textContent ?? element.labels?.[0]?.textContent
        ?? element.textContent;
    return {
        tag: element.localName, words: words.trim(), html: element.outerHTML.slice(0, 120), value: element.value ?? "",
        isNowhere: element === document.body,
        isOutlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        isInside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        isUnderFrame: Boolean(middle?.closest("header.frame")) && !element.closest("header.frame"),
    };
})()"""


class Lost(Exception):
    pass


class Keys:
    """Somebody without a mouse."""

    def __init__(self, page, url, complaints):
        self.page, self.url, self.complaints, self.task = page, url, complaints, ""

    def do(self, task, *given):
        """Carries out a method of that name, and looks where the focus is afterwards."""
        self.task = task.__name__ + "".join(f" {each}" for each in given if isinstance(each, str))
        self.complaints.count += 1
        try:
            task(*given)
            settle(self.page)
            self.focus()
        except Exception as error:
            self.complaints.add(self.task, f"{error} at: {self.line()}" if isinstance(error, Lost) else f"{error}: {traceback.format_exc()}")
            self.page.goto(self.url)
            settle(self.page)

    def focus(self, isEnd=False):
        """What has the focus. It must have it visibly; behind the last of a page nothing has it."""
        now = self.page.evaluate(FOCUS)
        if isEnd and now["isNowhere"]:
            return now
        faults = {
            "is nowhere": now["isNowhere"], "can't be seen": not now["isNowhere"] and not now["isOutlined"],
            "is out of the window": not now["isInside"], "is under the frame": now["isUnderFrame"],
        }
        for fault in (words for words, holds in faults.items() if holds):
            self.complaints.add(self.task, f"the focus {fault}: {now['html']} ({self.line()})")
        return now

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text):
        self.page.keyboard.type(text)

    def to(self, words, tag=None, key="Tab", most=90):
        """Goes there by Tab, or by Shift+Tab."""
        passed = []
        for _ in range(most):
            self.press(key)
            now = self.focus(isEnd=True)
            if now["words"].startswith(words) and tag in (None, now["tag"]):
                return now
            passed.append(now["words"][:20])
        raise Lost(f"{key} never comes to {words}, but to {passed}")

    def back_to(self, words, tag=None):
        return self.to(words, tag, "Shift+Tab")

    def choose(self, words):
        """Of a choice that has the focus, by the arrows."""
        chosen = lambda: self.page.evaluate("document.activeElement.selectedOptions?.[0].textContent")
        self.press("Home")
        for _ in range(40):
            if chosen() == words:
                return
            self.press("ArrowDown")
        raise Lost(f"{words} is not to be chosen, but {chosen()}")

    @staticmethod
    def line():
        """Where in the task that is."""
        calls = [call for call in traceback.extract_stack() if call.name not in ("focus", "line", "main", "<module>", "do", "to", "back_to")]
        return calls[-1].line if calls else "at the end"

    def see(self, text, within="body"):
        expect(self.page.locator(within).get_by_text(text).first).to_be_visible()

    def dialog(self, title):
        expect(self.page.get_by_role("dialog").get_by_role("heading", name=title)).to_be_visible()

    def no_dialog(self):
        expect(self.page.locator("dialog")).to_have_count(0)

    def open(self, heading):
        """By the menu."""
        self.to(heading, "a", "Shift+Tab", 200)
        before = self.page.locator("main h1").element_handle()
        self.press("Enter")
        before.wait_for_element_state("hidden")
        expect(self.page.locator("main h1")).to_have_text(heading)
        settle(self.page)


def work(url, email, password, what):
    """Starts or stops tracking, as a client of theirs does."""
    def post(path, body, **headers):
        request = Request(url + path, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})
        return json.load(urlopen(request))
    token = post("/api/auth/login", {"email": email, "password": password})["token"]
    post(f"/api/work/{what}", {}, Authorization=f"Bearer {token}")


# The tasks.

class Tasks(Keys):
    def sign_in_with_a_temporary_password(self, email, password):
        self.page.goto(self.url)
        self.page.get_by_label("Email").wait_for()
        self.focus()
        self.type(email)
        self.to("Password")
        self.type(password)
        self.to("Sign in", "button")
        self.press("Space")
        self.page.get_by_label("New password").wait_for()
        self.focus()
        self.type("a password of my own")
        self.to("Once more")
        self.type("a password of my own")
        self.press("Enter")
        self.page.get_by_role("button", name="Sign out", exact=True).wait_for()
        settle(self.page)
        self.press("Tab")

    def skip_to_the_page(self):
        self.page.goto(self.url + "/hours")
        settle(self.page)
        self.press("Tab")
        if self.focus()["words"] != "To the page":
            raise Lost("the first stop is not the way to the page")
        self.press("Enter", "Tab")
        if self.page.evaluate("document.activeElement.closest('main')") is None or not self.page.locator(".hours").count():
            raise Lost("the way to the page does not lead there")

    def walk_to_every_page(self):
        for heading, path in zip(HEADINGS, MANAGERS):
            self.open(heading)
            if not self.page.url.startswith(self.url + path):
                raise Lost(f"{heading} is at {self.page.url}")

    def sign_out(self):
        self.to("Sign out", "button")
        self.press("Enter")
        self.page.get_by_label("Email").wait_for()

    def sign_in(self, email, password):
        self.password = password
        self.page.get_by_label("Email").wait_for()
        self.type(email)
        self.to("Password")
        self.type(password)
        self.press("Enter")
        self.page.get_by_role("button", name="Sign out", exact=True).wait_for()
        settle(self.page)
        self.press("Tab")

    def follow_a_link(self):
        self.open("Dashboard")
        self.to("Mira", "a")
        self.press("Enter")
        self.page.locator(".workday").wait_for()
        if self.focus()["words"] != "Work hours":
            raise Lost("the focus is not at the heading of the page that the link leads to")

    def set_intervals(self, employee):
        self.open("Work hours")
        self.to("Captures of Mira")
        sent = []
        self.page.on("request", lambda request: "/api/capture-interval" in request.url and sent.append(request.method))
        self.press("Home")
        for _ in range(3):
            self.press("ArrowDown")
            self.page.wait_for_timeout(600)
        self.press("Escape")
        self.focus()
        if sent or self.focus()["value"] != "300":
            raise Lost("an arrow on the way, or Escape, changes the interval")
        for choice, words in [("Every 7 min", "a capture every 7 minutes"), ("Hours only", "hours only")]:
            self.choose(choice)
            self.press("Enter")
            self.see(words, "#said")
            if self.page.locator("#said p", has_text="Mira").count() > 1:
                raise Lost("what is not in force any more stays said")
            self.focus()
        # Whoever goes on means what stands there.
        self.choose("Every 3 min")
        self.press("Tab")
        self.see("a capture every 3 minutes", "#said")
        self.back_to("Captures of Mira")
        active = self.page.locator("main .hours tr", has_text="Mira").locator(".badge")
        work(self.url, *employee, "start")
        expect(active).to_have_text("Active")
        self.choose("None")
        self.press("Enter")
        self.dialog("No interval for Mira Ödegaard?")
        self.see("Their tracking stops at once", "dialog")
        self.press("Escape")
        self.no_dialog()
        if self.focus()["value"] != "180":
            raise Lost("None is chosen although nobody agreed")
        self.choose("None")
        self.press("Enter")
        self.to("Stop tracking", "button")
        self.press("Enter")
        self.see("no interval, nothing is captured and no hours are counted", "#said")
        # Who does not track any more loses nothing: it is not asked.
        work(self.url, *employee, "stop")
        expect(active).to_have_count(0)
        self.choose("Every 3 min")
        self.press("Enter")
        self.see("a capture every 3 minutes", "#said")
        self.choose("None")
        self.press("Enter")
        self.see("no interval, nothing is captured", "#said")
        self.no_dialog()

    def open_a_day(self, day):
        self.open("Work hours")
        self.to("Day", "input")
        self.type(day.strftime("%m%d%Y"))
        expect(self.page.locator(".days h2")).to_contain_text(str(day.day))
        self.to("Mira", "button")
        self.press("Enter")
        self.page.locator(".workday .sessions tbody tr").first.wait_for()
        self.to("Session ", "g")
        self.press("ArrowRight")
        self.focus()
        self.see("Away ", ".timeline-said")
        self.press("ArrowDown")
        self.see("Capture ", ".timeline-said")
        self.press("Enter")
        self.page.locator("dialog.viewer img").first.wait_for()
        if self.focus()["tag"] != "dialog":
            raise Lost("the keys go to something in the viewer")
        self.press("Escape")
        self.no_dialog()
        if not self.focus()["words"].startswith("Capture "):
            raise Lost("the focus does not come back to the capture")
        self.back_to("Mira", "button")
        self.press("Space")
        expect(self.page.locator(".workday")).to_have_count(0)

    def choose_days_and_division(self, first, last):
        self.open("Reports")
        self.to("Last month", "button")
        self.press("Space")
        expect(self.page.locator("[data-period=last-month]")).to_have_attribute("aria-pressed", "true")
        self.to("From", "input")
        self.type(first.strftime("%m%d%Y"))
        self.to("To", "input")
        self.type(last.strftime("%m%d%Y"))
        self.press("Enter")
        self.page.wait_for_url(f"**/reports?*from={first}&to={last}*")
        self.to("A row for each", "select")
        self.choose("Week")
        self.page.wait_for_url("**by=week*")
        settle(self.page)
        self.to("Mira", "button")
        self.press("Enter")
        settle(self.page)
        self.to("Week ", "button")
        self.press("Enter")
        self.page.locator(".made .sessions").wait_for()

    def correct_and_revoke(self, day):
        self.back_to("Correct hours", "button")
        self.press("Enter")
        self.dialog("Correct hours")
        self.focus()
        self.back_to("Person", "select")
        self.choose("Jonas Lindqvist")
        self.to("Day", "input")
        self.type(day.strftime("%m%d%Y"))
        self.to("Add", "input")
        self.press("ArrowDown")
        self.to("Hours", "input")
        self.press("ArrowUp")
        self.to("Minutes", "input")
        self.type("15")
        self.to("Reason", "textarea")
        self.type("Fire drill")
        self.to("Correct", "button")
        self.press("Enter")
        self.no_dialog()
        self.see("Corrected: ", "#said")
        self.page.locator(".corrections .reason").first.wait_for()
        settle(self.page)
        if self.focus()["words"] != "Correct hours":
            raise Lost("the focus does not come back to where the form was asked for")
        self.to("Revoke the correction", "button")
        self.press("Enter")
        self.dialog("Revoke a correction")
        self.focus()
        self.to("Revoke", "button")
        self.press("Enter")
        self.no_dialog()
        self.page.locator(".corrections .revoked").wait_for()

    def take_the_csv(self):
        self.back_to("Download CSV", "a")
        with self.page.expect_download() as download:
            self.press("Enter")
        if not open(download.value.path(), encoding="utf-8-sig").read().startswith("employeeId,name,"):
            raise Lost("that is no CSV")

    def filter_and_view_captures(self, day):
        self.open("Screenshots")
        self.to("Person", "select")
        self.choose("Jonas Lindqvist")
        self.page.wait_for_url("**employee=jonas*")
        self.focus()
        self.to("Day", "input")
        self.type(day.strftime("%m%d%Y"))
        self.page.wait_for_url(f"**day={day}*")
        self.to("Time from", "input")
        self.type("0900AM")
        self.page.wait_for_url("**from=09%3A00*")
        settle(self.page)
        self.page.locator(".gallery li img").first.wait_for()
        self.focus()
        # Past the other fields, into the grid, which is one stop.
        while self.page.evaluate("!document.activeElement.closest('.gallery')"):
            self.press("Tab")
            self.focus()
        first = self.shown("document.activeElement.closest('li').ariaPosInSet")
        self.press("ArrowRight")
        self.focus()
        if self.shown("document.activeElement.closest('li').ariaPosInSet") == first:
            raise Lost("the arrow leads to no other capture")
        self.press("Enter")
        self.page.locator("dialog.viewer img").first.wait_for()
        times = []
        for key in ["ArrowRight", "ArrowLeft", "End", "Home"]:
            self.press(key)
            settle(self.page)
            self.focus()
            times.append(self.shown("document.querySelector('.viewer-head time').dateTime"))
        if not times[3] > times[1] > times[0] > times[2]:
            raise Lost(f"the keys lead to {times}")
        self.to("Close", "button")
        self.press("Escape")
        self.no_dialog()
        if self.shown("document.activeElement.querySelector('time')?.dateTime") != times[3]:
            raise Lost("the focus is not on the capture that was shown last")

    def delete_a_capture(self):
        """From the viewer; whoever thinks better of it has lost nothing."""
        self.open("Screenshots")
        while self.page.evaluate("!document.activeElement.closest('.gallery')"):
            self.press("Tab")
            self.focus()
        shown = lambda: self.shown("document.querySelector('.viewer-head time').dateTime")
        self.press("Enter")
        self.page.locator("dialog.viewer img").first.wait_for()
        self.press("ArrowRight")
        first = shown()
        self.press("Delete")
        self.dialog("Delete this capture?")
        self.to("Cancel", "button")
        self.press("Enter")
        expect(self.page.locator("dialog")).to_have_count(1)
        self.focus()
        self.to("Delete…", "button")
        self.press("Enter")
        self.dialog("Delete this capture?")
        self.to("Delete", "button")
        self.press("Enter")
        self.page.wait_for_function("(ts) => document.querySelector('.viewer-head time').dateTime < ts", arg=first)
        self.focus()
        next_one = shown()
        self.press("Escape")
        self.no_dialog()
        if self.shown("document.activeElement.querySelector('time')?.dateTime") != next_one:
            raise Lost("the focus is not on the capture that was shown last")

    def shown(self, script):
        return self.page.evaluate(script)

    def watch_live(self):
        self.open("Live view")
        self.to("Mira", "button")
        self.press("Enter")
        self.see("is offline", ".screens")
        if not self.focus()["words"].startswith("Mira"):
            raise Lost("the focus does not stay where it was")
        self.to("Stop", "button")
        self.press("Space")
        expect(self.page.locator(".screen")).to_have_count(0)
        self.focus()
        self.press("Tab")

    def set_up(self, kind, button):
        self.open("Setup")
        email = f"kim-{kind}@harbour.example"
        self.to(button, "button")
        self.press("Enter")
        self.dialog(f"A new {kind}")
        self.focus()
        self.type("mira@harbour.example")
        self.press("Enter")
        self.page.locator("dialog [role=alert]:not(:empty)").wait_for()
        settle(self.page)
        self.focus()
        self.back_to("Email", "input")
        self.press("Control+a")
        self.type(email)
        self.to("Name", "input")
        self.type("Kim Winter")
        self.press("Enter")
        self.secret_shown_once()
        self.see("Kim Winter", "main table")
        self.to("Rename: Kim Winter", "button")
        self.press("Enter")
        self.dialog("Rename Kim Winter")
        self.focus()
        self.press("Control+a")
        self.type("Kim Summer")
        self.press("Enter")
        self.no_dialog()
        self.see("Kim Summer", "main table")
        settle(self.page)
        if not self.focus()["words"].startswith("Rename: Kim Summer"):
            raise Lost("the focus does not stay with who was renamed")
        self.to("Reset password: Kim Summer", "button")
        self.press("Space")
        self.dialog("Reset the password of Kim Summer?")
        self.focus()
        # Of a manager, one's own is asked for.
        if self.page.locator("dialog [name=current]").count():
            self.type(self.password)
        self.to("Reset", "button")
        self.press("Enter")
        self.secret_shown_once()
        if not self.focus()["words"].startswith("Reset password: Kim Summer"):
            raise Lost("the focus does not come back to whose password was reset")
        self.to("Remove: Kim Summer", "button")
        self.press("Enter")
        self.dialog("Remove Kim Summer?")
        self.press("Escape")
        self.no_dialog()
        self.focus()
        self.press("Enter")
        self.dialog("Remove Kim Summer?")
        self.to("Remove", "button")
        self.press("Enter")
        self.see("Kim Summer is removed", "#said")
        expect(self.page.locator("main table").get_by_text("Kim Summer")).to_have_count(0)

    def secret_shown_once(self):
        secrets = self.page.locator("dialog").last.locator("code.secret")
        secrets.first.wait_for()
        self.focus()
        self.press("Escape")
        if not secrets.first.is_visible():
            raise Lost("Escape takes away what is shown once")
        shown = secrets.all_inner_texts()
        self.to("Copy", "button")
        self.press("Enter")
        self.see("Copied", "dialog")
        self.to("Done", "button")
        self.press("Enter")
        self.no_dialog()
        settle(self.page)
        self.focus()
        return shown

    def make_and_remove_a_key(self):
        self.open("Setup")
        self.to("Make a key", "button")
        self.press("Enter")
        self.dialog("A key for a program")
        self.focus()
        self.type("Payroll")
        self.to("May", "select")
        self.choose("Look and change")
        self.to("Days", "input")
        self.press("Control+a")
        self.type("30")
        self.press("Enter")
        self.secret_shown_once()
        self.back_to("Remove: Payroll", "button")
        self.press("Enter")
        self.dialog("Remove the key Payroll?")
        self.to("Remove", "button")
        self.press("Enter")
        self.no_dialog()
        self.see("Payroll is removed", "#said")
        settle(self.page)
        self.focus()

    def end_a_sign_in(self):
        self.open("Setup")
        ends = self.page.get_by_role("button", name="End: ")
        ends.first.wait_for()
        self.to("End: ", "button")
        count = ends.count()
        self.press("Enter")
        self.dialog("End this sign-in?")
        self.to("End", "button")
        self.press("Enter")
        self.no_dialog()
        self.see("Ended.", "#said")
        expect(ends).to_have_count(count - 1)
        settle(self.page)
        self.focus()

    def set_up_a_second_factor(self):
        self.open("Setup")
        self.to("Set up an authenticator app", "button")
        self.press("Enter")
        self.dialog("An authenticator app")
        secret = self.page.locator("dialog code.secret")
        secret.wait_for()
        self.focus()
        self.type(totp(secret.get_attribute("data-uri")))
        self.press("Enter")
        self.dialog("Recovery codes")
        self.codes = self.secret_shown_once()
        self.see("Signing in takes a code")

    def sign_in_with_a_recovery_code(self, email, password):
        self.page.get_by_label("Email").wait_for()
        self.type(email)
        self.to("Password")
        self.type(password)
        self.press("Enter")
        self.page.get_by_label("Code").wait_for()
        self.focus()
        self.type(self.codes.pop())
        self.press("Enter")
        self.page.get_by_role("button", name="Sign out", exact=True).wait_for()
        settle(self.page)
        self.press("Tab")

    def remove_the_second_factor(self):
        self.open("Setup")
        self.to("Remove the second factor", "button")
        self.press("Enter")
        self.dialog("Remove the second factor")
        self.focus()
        self.type(self.codes.pop())
        self.press("Enter")
        self.no_dialog()
        self.see("Removed.", "#said")
        settle(self.page)
        self.focus()

    def save_the_organization(self):
        self.open("Setup")
        self.to("Name", "input")
        self.press("Control+a")
        self.type("Harbour & Sons")
        self.to("Save", "button")
        self.press("Enter")
        self.see("Saved.", "#said")
        settle(self.page)
        self.focus()

    def stay_while_others_work(self):
        """What is drawn anew because something has happened takes nobody's focus."""
        for number, (heading, stop, tag) in enumerate([
            ("Dashboard", "Mira", "a"), ("Setup", "Rename: Mira", "button"), ("Live view", "Mira", "button"), ("Reports", "Person", "select"),
            ("Screenshots", "Person", "select"), ("Work hours", "Captures of Mira", "select"), ("Activity", "Mira", "a"),
        ]):
            self.open(heading)
            self.to(stop, tag)
            answer = self.page.context.request.patch(
                f"{self.url}/api/employees/jonas@harbour.example", data={"name": f"Jonas {number}"},
                headers={"X-Requested-With": "tracker"})
            if not answer.ok:
                raise Lost(f"the name is not changed: {answer.text()}")
            self.page.get_by_text(f"Jonas {number}").first.wait_for(state="attached")
            settle(self.page)
            if not (now := self.focus())["words"].startswith(stop) or now["tag"] != tag:
                raise Lost(f"the focus does not stay at {stop} of {heading}, but is at {now['html']}")

    def change_the_password(self, old, new):
        self.open("Setup")
        self.to("Change password", "button")
        self.press("Enter")
        self.dialog("Change your password")
        self.focus()
        self.type(old)
        self.to("New password", "input")
        self.type(new)
        self.to("Once more", "input")
        self.type(new)
        self.press("Enter")
        self.no_dialog()
        self.see("Your password is changed", "#said")


def main():
    url, = sys.argv[1:]
    accounts = json.load(sys.stdin)
    complaints = Complaints()
    expect.set_options(timeout=PATIENCE)
    day = last_workday()
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        page = new_page(browser, permissions=["clipboard-write"])
        page.on("pageerror", lambda error: complaints.add("page", error))
        who = Tasks(page, url, complaints)
        who.do(who.sign_in_with_a_temporary_password, *accounts["new"])
        who.do(who.skip_to_the_page)
        who.do(who.walk_to_every_page)
        who.do(who.sign_out)
        who.do(who.sign_in, *accounts["super_admin"])
        who.do(who.follow_a_link)
        who.do(who.open_a_day, day)
        who.do(who.choose_days_and_division, day - timedelta(days=13), day)
        who.do(who.correct_and_revoke, day)
        who.do(who.take_the_csv)
        # Somebody works from here on: a report of this week has hours.
        who.do(who.set_intervals, accounts["employee"])
        who.do(who.filter_and_view_captures, day)
        who.do(who.delete_a_capture)
        who.do(who.watch_live)
        who.do(who.set_up, "employee", "Add an employee")
        who.do(who.set_up, "manager", "Add a manager")
        who.do(who.save_the_organization)
        who.do(who.make_and_remove_a_key)
        who.do(who.end_a_sign_in)
        who.do(who.set_up_a_second_factor)
        who.do(who.sign_out)
        who.do(who.sign_in_with_a_recovery_code, *accounts["super_admin"])
        who.do(who.remove_the_second_factor)
        who.do(who.stay_while_others_work)
        who.do(who.change_the_password, accounts["super_admin"][1], "another long password")
        who.do(who.sign_out)
        browser.close()
    return complaints.finish("tasks by keyboard")


sys.exit(main())
