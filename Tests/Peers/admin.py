"""What the programs that look at the web admin's pages share."""

import base64
import hmac
import time
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlparse
from zoneinfo import ZoneInfo

MANAGERS = ["/", "/hours", "/reports", "/activity", "/screenshots", "/live", "/setup", "/client"]
PAGES = {"super_admin": MANAGERS, "manager": MANAGERS, "employee": ["/me", "/client"]}
# How many milliseconds anything may take that is to happen: the machine may be busy.
PATIENCE = 30_000
# What is on a page when its data is there.
DATA = {
    "/": "main tbody tr", "/hours": "main tbody tr .interval", "/reports": "main .report tbody .person",
    "/activity": "main .doing li img", "/screenshots": "main .gallery li img", "/live": "main .chips li button",
    "/setup": "main tbody tr", "/client": "main section p", "/me": "main dl.facts dd",
}
# Keeps what the pages' policy has refused, and how many answers a page waits for or has not gone on with yet.
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => refused.push(`${event.violatedDirective} ${event.blockedURI}`));
window.unanswered = 0;
for (const [owner, name] of [[window, "fetch"], [Response.prototype, "json"], [Response.prototype, "text"]]) {
    const real = owner[name];
    owner[name] = function (...given) {
        unanswered += 1;
        // What goes on with the answer comes first.
        const over = () => setTimeout(() => (unanswered -= 1));
        const answer = real.apply(this, given);
        answer.then(over, over);
        return answer;
    };
}
"""
# A page says that it waits only when that takes long.
SETTLED = "!unanswered && !document.body.textContent.includes('Loading…') && !document.querySelector('[aria-busy=true]')"


class Complaints:
    """What is wrong, and how much was looked at."""

    def __init__(self):
        self.list, self.count = [], 0

    def add(self, where, what):
        self.list.append(f"{where}: {what}")

    def finish(self, things):
        """Prints them, then how many things were looked at. Returns what the program is to end with."""
        for complaint in self.list:
            print(complaint)
        print(f"{self.count} {things}")
        return 1 if self.list else 0


def last_workday(today=None):
    """The day before today on which everybody in the office of office.py has worked."""
    day = (today or datetime.now(ZoneInfo("Europe/Berlin")).date()) - timedelta(days=1)
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return day


def totp(uri):
    """The code that an authenticator app shows now (RFC 6238), of the address that its QR code holds."""
    secret, = parse_qs(urlparse(uri).query)["secret"]
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, (int(time.time()) // 30).to_bytes(8, "big"), "sha1")
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place:place + 4], 'big') & 0x7fffffff) % 1_000_000:06}"


def chromium(playwright):
    return playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])


def new_page(browser, **options):
    """In a context of its own: who is signed in there is in no other."""
    page = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options}).new_page()
    page.add_init_script(WATCH)
    page.set_default_timeout(PATIENCE)
    return page


def sign_in(page, url, account, path="/"):
    """By keyboard, as who finds the cursor where it is wanted."""
    email, password = account
    page.goto(url + path)
    page.get_by_label("Email").wait_for()
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out", exact=True).wait_for()


def settle(page):
    """Waits until a page has all that it has asked for."""
    page.locator("main h1").wait_for()
    wait_until(page, SETTLED)


def wait_until(page, condition):
    """Asks from here: a script of ours that asks again in the page would be refused by its policy."""
    end = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(condition):
        if time.monotonic() > end:
            raise TimeoutError(f"{page.url}: never {condition}")
        page.wait_for_timeout(20)
