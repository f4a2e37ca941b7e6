"""A manager's end of the month at the web admin in Chromium, beside the interface that the pages stand on: what one says, the
other must say.

month.py URL     takes {"manager": [email, password], "employee": [email, password], ...} on standard input

Writes a line for each complaint, then how many things were compared; ends with 1 when there is a complaint.
"""

import json
import sys
import traceback
import urllib.error
import urllib.parse
import urllib.request
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from admin import DATA, PATIENCE, Complaints, chromium, last_workday, new_page, settle, sign_in
from playwright.sync_api import expect, sync_playwright

COLUMNS = {
    "Active": "totalActiveSeconds", "Idle": "totalIdleSeconds", "Net": "netActiveSeconds", "Corrections": "correctionSeconds",
    "Payable": "payableSeconds",
}
# The cells of a table's rows by what they are called, and each row's heading under "".
ROWS = """(rows) => rows.map((row) => Object.fromEntries([...row.children].reverse().map((cell) => [
    cell.dataset.name ?? "", (cell.querySelector("button, a, strong, time") ?? cell).textContent.trim()])))"""


def duration(seconds, signed=False):
    hours, rest = divmod(abs(seconds), 3600)
    return ("−" if seconds < 0 else "+" if signed else "") + f"{hours}:{rest // 60:02d}:{rest % 60:02d}"


class Interface:
    """The same as the pages have, with a token of its own."""

    def __init__(self, url, account):
        self.url = url
        self.token = None
        status, answer = self.login(account)
        assert status == 200, answer
        self.token = answer["token"]

    def login(self, account):
        return self.ask("/api/auth/login", {"email": account[0], "password": account[1]})

    def ask(self, path, body=None):
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", "Bearer " + self.token)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def get(self, path, **query):
        status, answer = self.ask(path + "?" + urllib.parse.urlencode(query))
        assert status == 200, answer
        return answer

    def bytes(self, path):
        request = urllib.request.Request(self.url + path, headers={"Authorization": "Bearer " + self.token})
        with urllib.request.urlopen(request) as answer:
            return answer.read()


class Month:
    def __init__(self, page, own, interface, accounts, complaints):
        self.page, self.own, self.interface, self.accounts, self.complaints = page, own, interface, accounts, complaints
        self.url, self.where = interface.url, ""
        self.today = date.fromisoformat(interface.get("/api/work/summary")["to"])
        self.day = last_workday(self.today)
        self.range = {"from": str(self.today - timedelta(days=31)), "to": str(self.today)}

    def play(self):
        for part in [self.dashboard, self.hours, self.reports, self.corrections, self.csv, self.printing, self.activity,
                     self.screenshots, self.viewer, self.people, self.deletion]:
            self.where = part.__name__
            try:
                part()
            except Exception:
                self.complaints.add(self.where, traceback.format_exc())

    def same(self, what, page, interface):
        self.complaints.count += 1
        if page != interface:
            self.complaints.add(self.where, f"{what}: the page says {page}, the interface {interface}")

    def open(self, path, **query):
        self.page.goto(self.url + path + "?" + urllib.parse.urlencode(query))
        self.page.locator(DATA[path]).first.wait_for()
        settle(self.page)

    def rows(self, selector):
        return self.page.locator(selector).evaluate_all(ROWS)

    def dashboard(self):
        self.open("/")
        self.page.locator("main .grid img").first.wait_for()
        people = self.interface.get("/api/employees")["users"]
        today = {row["employeeId"]: row for row in self.interface.get("/api/work/summary/today")["employees"]}
        of = lambda user, key: duration(today.get(user["email"], {}).get(key, 0))
        self.same("hours", [(row[""], row["Net"], row["Idle"]) for row in self.rows("main tbody tr")],
                  [(user["name"], of(user, "netActiveSeconds"), of(user, "totalIdleSeconds"))
                   for user in sorted(people, key=lambda user: user["email"] not in today)])
        newest = self.interface.get("/api/uploads/list", limit=12)
        self.same("captures", self.times("main .grid"), [capture["ts"] for capture in newest])
        self.same("organization", self.page.locator("main > p").first.inner_text(), self.interface.get("/api/org")["organization"]["name"])

    def times(self, place):
        return self.page.locator(f"{place} time").evaluate_all("(times) => times.map((time) => time.dateTime)")

    def hours(self):
        self.open("/hours", day=self.day)
        report = self.interface.get("/api/work/summary", all=1, **{"from": self.day, "to": self.day})
        keys = {"Active": "totalActiveSeconds", "Idle": "totalIdleSeconds", "Net": "netActiveSeconds"}
        self.same("hours", [[row[""], row["Sessions"], *(row[name][:7] for name in keys)] for row in self.rows("main .hours > tbody > tr")],
                  [[each["name"], str(each["rows"][0]["sessions"]), *(duration(each["rows"][0][key]) for key in keys.values())]
                   for each in report["employees"]])
        self.page.get_by_role("button", name="Mira").click()
        self.page.locator(".workday .sessions").wait_for()
        sessions = self.interface.get("/api/work/sessions", employeeId="mira@harbour.example", **{"from": self.day, "to": self.day})
        self.same("sessions", [row["Net"] for row in self.rows(".workday .sessions tbody tr")],
                  [duration(session["netActiveSeconds"]) for session in reversed(sessions)])
        settle(self.page)
        self.same("the day's captures", self.page.locator(".workday rect.capture").count(), len(self.captures("mira@harbour.example")))

    def captures(self, employee, day=None, **more):
        day = day or self.day
        return self.interface.get("/api/uploads/list", employeeId=employee, limit=1000, **{"from": day, "to": day, **more})

    def totals(self):
        """What Reports says of each person, and of all."""
        self.open("/reports", by="week", **self.range)
        return [[row[""], *(row[name] for name in COLUMNS)] for row in self.rows("main .report .person, main .report .all")]

    def expected(self):
        report = self.interface.get("/api/work/summary", by="week", **self.range)
        def row(name, total):
            figures = [duration(total[key], key == "correctionSeconds") for key in COLUMNS.values()]
            return [name, *("–" if figure == "+0:00:00" else figure for figure in figures)]
        totals = [each["total"] for each in report["employees"]]
        everybody = {key: sum(total[key] for total in totals) for key in COLUMNS.values()}
        return [row(each["name"], each["total"]) for each in report["employees"]] + [row(f"All {len(totals)}", everybody)]

    def reports(self):
        self.same("totals", self.totals(), self.expected())
        self.page.get_by_role("button", name="Open all").click()
        weeks = [row for each in self.interface.get("/api/work/summary", by="week", **self.range)["employees"] for row in each["rows"]]
        expect(self.page.locator(".report .period")).to_have_count(len(weeks))
        self.same("weeks", [row["Payable"] for row in self.rows(".report .period")], [duration(row["payableSeconds"]) for row in weeks])

    def corrections(self):
        before = self.expected()
        self.totals()
        self.page.get_by_role("button", name="Correct hours").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Person").select_option(label="Mira Ödegaard")
        dialog.get_by_label("Day").fill(str(self.day))
        dialog.get_by_label("Minutes").fill("25")
        dialog.get_by_label("Reason").fill("Visit to <the> harbour")
        dialog.get_by_role("button", name="Correct", exact=True).click()
        self.page.locator(".corrections .reason").first.wait_for()
        self.same("the correction", self.interface.get("/api/work/corrections", **self.range)[0]["minutes"], 25)
        self.same("the list", self.page.locator(".corrections .reason").first.inner_text().split("\n")[-1], "Visit to <the> harbour")
        after = self.totals()
        self.same("totals with it", after, self.expected())
        self.same("payable with it", after[0][4:], ["+0:25:00", self.longer(before[0][5], 25)])
        # The employee sees it, and by whom.
        self.own.goto(f"{self.url}/me?" + urllib.parse.urlencode(self.range))
        self.own.locator(".report .person").wait_for()
        self.own.locator(".corrections tbody tr").first.wait_for()
        row = self.own.locator(".corrections tbody tr").first
        self.same("what the employee sees", [text in row.inner_text() for text in ["+0:25:00", "Visit to <the> harbour", self.accounts["manager"][0]]], 3 * [True])
        self.same("what is paid, to the employee", self.own.locator(".report .person td[data-name=Payable]").inner_text(), after[0][5])
        self.page.get_by_role("button", name="Revoke the correction").first.click()
        self.page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        self.page.locator(".corrections .revoked").wait_for()
        self.same("totals without it", self.totals(), before)

    @staticmethod
    def longer(text, minutes):
        hours, minute, second = map(int, text.split(":"))
        return duration(hours * 3600 + (minute + minutes) * 60 + second)

    def csv(self):
        self.totals()
        link = self.page.get_by_role("link", name="Download CSV")
        with self.page.expect_download() as download:
            link.click()
        with open(download.value.path(), "rb") as file:
            self.same("CSV", file.read(), self.interface.bytes(
                "/api/work/summary?" + urllib.parse.urlencode({**self.range, "by": "week", "format": "csv", "bom": 1})))
        self.same("its name", download.value.suggested_filename.endswith(".csv"), True)

    def printing(self):
        # A4 between margins of 1.5 cm, at 96 dots an inch.
        width = 680
        self.open("/reports", by="week", open="mira@harbour.example", **self.range)
        self.page.locator(".report .period").first.wait_for()
        self.page.set_viewport_size({"width": width, "height": 1000})
        for path in ["/reports", "/hours", "/screenshots"]:
            if path != "/reports":
                self.open(path)
            self.page.emulate_media(media="print", color_scheme="dark")
            seen = lambda selector: self.page.locator(selector).first.is_visible()
            self.same(f"{path}: the frame and what can be pressed on paper",
                      [seen(each) for each in ["header.frame", "main .controls button", ".corrections th:text-is('Revoke')"]], 3 * [False])
            # A foot would stand on each sheet.
            feet = self.page.evaluate("[...document.querySelectorAll('main tfoot')].map((foot) => getComputedStyle(foot).display)")
            self.same(f"{path}: what is on paper", [seen("main h1"), "table-footer-group" not in feet, seen({"/reports": ".report .period", "/hours": ".hours tbody th",
                      "/screenshots": ".gallery img"}[path])], 3 * [True])
            self.same(f"{path}: the paper", self.page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(252, 252, 250)")
            self.same(f"{path}: wider than paper", self.page.evaluate("Math.max(0, document.documentElement.scrollWidth - innerWidth)"), 0)
            self.same(f"{path}: is printed", self.page.pdf(format="A4")[:5], b"%PDF-")
            self.page.emulate_media(media="screen", color_scheme="light")
        self.page.set_viewport_size({"width": 1280, "height": 800})

    def activity(self):
        self.open("/activity")
        self.page.locator(".doing img").first.wait_for()
        groups = self.interface.get("/api/activity/recent")
        names = {user["email"]: user["name"] for user in self.interface.get("/api/employees")["users"]}
        self.same("who was active last", self.page.locator(".doing h2").all_inner_texts(), [names[group["employeeId"]] for group in groups])
        self.same("captures", self.times(".doing ul"), [capture["ts"] for group in groups for capture in group["latest"]])
        self.same("how many", [int(text) for text in self.page.locator(".doing dd a").all_inner_texts()], [group["count"] for group in groups])

    def screenshots(self):
        everything = self.interface.get("/api/uploads/list", limit=1000)
        self.open("/screenshots")
        self.same("all", self.all_of_them(), len(everything))
        self.page.get_by_label("Person").select_option(label="Jonas Lindqvist")
        self.same("of a person", self.all_of_them(), len([each for each in everything if each["employeeId"].startswith("jonas")]))
        self.page.locator("[name=day]").fill(str(self.day))
        of_day = self.captures("jonas@harbour.example")
        self.page.wait_for_url("**day=*")
        self.same("of a day", self.all_of_them(), len(of_day))
        # The minute of the first of them counts, that of the last does not.
        (since, until) = (self.clock(of_day[-2]), self.clock(of_day[2]))
        self.choose_times(since, until)
        self.same("of some hours", self.all_of_them(), len(self.between(of_day, since, until)))
        self.same("their times", self.times(".gallery"), [capture["ts"] for capture in self.between(of_day, since, until)])
        self.page.get_by_role("button", name="Show everything").click()
        self.same("all again", self.all_of_them(), len(everything))
        self.choose_times(since, until)
        self.same("of some hours of any day", self.all_of_them(), len(self.between(everything, since, until)))

    def choose_times(self, since, until):
        for label, name, clock in [("Time from", "from", since), ("Time to", "to", until)]:
            self.page.get_by_label(label).fill(clock)
            self.page.wait_for_url(f"**{name}={urllib.parse.quote(clock)}*")

    @staticmethod
    def clock(capture):
        return datetime.fromisoformat(capture["ts"]).astimezone(ZoneInfo("Europe/Berlin")).strftime("%H:%M")

    def between(self, captures, since, until):
        return [capture for capture in captures if since <= self.clock(capture) < until]

    def all_of_them(self):
        """How many the page says there are, at its end."""
        settle(self.page)
        foot = self.page.get_by_text("That is all")
        for _ in range(20):
            self.page.evaluate("scrollTo(0, document.body.scrollHeight)")
            if foot.count():
                break
            self.page.wait_for_timeout(100)
        text = foot.inner_text()
        self.page.evaluate("scrollTo(0, 0)")
        return int("".join(filter(str.isdigit, text)) or 1)

    def viewer(self):
        self.open("/screenshots", employee="mira@harbour.example", day=self.day)
        captures = [capture["ts"] for capture in self.captures("mira@harbour.example")]
        shown = lambda: self.page.locator(".viewer-head time").get_attribute("datetime")
        asked = []
        self.page.on("request", lambda request: asked.append(request.url.removeprefix(self.url)))
        self.page.locator(".gallery button").first.click()
        self.page.locator("dialog.viewer").wait_for()
        seen = [shown()]
        for key in ["ArrowRight", "End", "ArrowLeft", "Home"]:
            self.page.keyboard.press(key)
            seen.append(shown())
        self.same("what the keys show", seen, [captures[0], captures[1], captures[-1], captures[-2], captures[0]])
        self.same("the strip", self.times(".strip"), captures[:13])
        picture = self.page.locator(".viewer-picture img")
        picture.evaluate("(image) => image.decode()")
        self.same("the picture's size", picture.evaluate("(image) => [image.naturalWidth, image.naturalHeight]"), [320, 200])
        self.page.keyboard.press("Escape")
        expect(self.page.locator("dialog")).to_have_count(0)
        # Each stands in the list of who looked.
        files = {capture["ts"]: "/" + capture["file"] for capture in self.captures("mira@harbour.example")}
        self.same("the pictures that were asked for", {each for each in asked if each in files.values()}, {files[ts] for ts in seen})

    def deletion(self):
        """The picture, its record and its time go; the page goes on with the next one."""
        self.open("/screenshots", employee="mira@harbour.example", day=self.day)
        before = [capture["ts"] for capture in self.captures("mira@harbour.example")]
        hours = self.interface.get("/api/work/summary", employeeId="mira@harbour.example", **{"from": self.day, "to": self.day})
        self.page.locator(".gallery button").first.click()
        self.page.get_by_role("button", name="Delete…").click()
        self.page.get_by_role("button", name="Delete", exact=True).click()
        self.page.locator(f".viewer-head time[datetime='{before[1]}']").wait_for()
        self.same("what is said", [self.page.locator(place).get_by_text("Deleted.").count() for place in [".viewer-head", "#said"]], [1, 1])
        self.page.keyboard.press("Escape")
        self.same("captures", self.times(".gallery")[:5], before[1:6])
        self.same("captures that are left", [capture["ts"] for capture in self.captures("mira@harbour.example")], before[1:])
        after = self.interface.get("/api/work/summary", employeeId="mira@harbour.example", **{"from": self.day, "to": self.day})
        taken = [report["employees"][0]["total"]["correctionSeconds"] for report in [hours, after]]
        corrections = self.interface.get("/api/work/corrections", **{"from": self.day, "to": self.day})
        self.same("what is taken off", taken[1] - taken[0],
                  sum(60 * correction["minutes"] for correction in corrections if correction["reason"] == "capture deleted"))
        self.same("that something is", taken[1] < taken[0], True)

    def people(self):
        email = "kai@harbour.example"
        self.open("/setup")
        self.page.get_by_role("button", name="Add an employee").click()
        self.page.get_by_label("Email").fill(email)
        self.page.get_by_role("dialog").get_by_label("Name").fill("Kai")
        self.page.get_by_role("button", name="Add", exact=True).click()
        first = self.password()
        status, answer = self.interface.login([email, first])
        self.same("the new one's login", [status, answer.get("mustChangePassword")], [200, True])
        self.page.get_by_role("button", name="Rename: Kai").click()
        self.page.get_by_role("dialog").get_by_label("Name").fill("Kai Söder")
        self.page.get_by_role("button", name="Rename", exact=True).click()
        self.page.get_by_role("rowheader", name="Kai Söder").wait_for()
        self.same("the new name", [user["name"] for user in self.interface.get("/api/employees")["users"] if user["email"] == email], ["Kai Söder"])
        self.page.get_by_role("button", name="Reset password: Kai Söder").click()
        self.page.get_by_role("button", name="Reset", exact=True).click()
        second = self.password()
        self.same("the old password, and the new one", [self.interface.login([email, each])[0] for each in (first, second)], [401, 200])
        self.page.get_by_role("button", name="Remove: Kai Söder").click()
        self.page.get_by_role("button", name="Remove", exact=True).click()
        expect(self.page.get_by_role("rowheader", name="Kai Söder")).to_have_count(0)
        self.same("who is left", [user["email"] for user in self.interface.get("/api/employees")["users"] if user["email"] == email], [])
        self.same("their login", self.interface.login([email, second])[0], 401)

    def password(self):
        text = self.page.locator("code.secret").inner_text()
        self.page.get_by_role("button", name="Done").click()
        return text


def main():
    url, = sys.argv[1:]
    accounts = json.load(sys.stdin)
    complaints = Complaints()
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        pages = []
        for role in ["manager", "employee"]:
            page = new_page(browser)
            page.on("pageerror", lambda error: complaints.add(role, error))
            sign_in(page, url, accounts[role])
            pages.append(page)
        Month(*pages, Interface(url, accounts["manager"]), accounts, complaints).play()
        browser.close()
    return complaints.finish("things compared")


sys.exit(main())
