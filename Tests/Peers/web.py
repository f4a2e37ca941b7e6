"""Opens every page of the web admin in Chromium, as those who use it do, and says what is wrong.

web.py URL     takes {"super_admin": [email, password], "manager": ..., "employee": ...} on standard input

Each role signs in by keyboard and opens each of its pages, wide and as on a phone, light and dark. Nothing may be said on the
console or refused by the page's policy, no script of others may run, axe-core may find nothing, and no page may be wider than its
window. Writes a line for each complaint, then how many pages were looked at; ends with 1 when there is a complaint.
"""

import json
import sys

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

SHAPES = [("wide", 1280, 800, "light"), ("phone", 390, 844, "dark")]
MANAGERS = ["/", "/hours", "/reports", "/activity", "/screenshots", "/live", "/setup", "/client"]
PAGES = {"super_admin": MANAGERS, "manager": MANAGERS, "employee": ["/me", "/client"]}
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) => refused.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


class Look:
    def __init__(self, url):
        self.url, self.complaints, self.pages = url, [], 0

    def complain(self, where, what):
        self.complaints.append(f"{where}: {what}")

    def role(self, browser, role, account, shape):
        name, width, height, scheme = shape
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        context.add_init_script(WATCH)
        page = context.new_page()
        where = [f"{role} {name}"]
        page.on("pageerror", lambda error: self.complain(where[0], error))
        page.on("dialog", lambda dialog: (self.complain(where[0], f"says {dialog.message}"), dialog.dismiss()))
        self.sign_in(page, account)
        # Before, the browser itself says that nobody is signed in.
        page.on("console", lambda message: message.type in ("error", "warning") and self.complain(where[0], message.text))
        for path in PAGES[role]:
            where[0] = f"{role} {name} {path}"
            self.open(page, path, where[0])
        context.close()

    def sign_in(self, page, account):
        email, password = account
        page.goto(self.url + "/setup")
        page.get_by_label("Email").wait_for()
        page.keyboard.type(email)
        page.keyboard.press("Tab")
        page.keyboard.type(password)
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Sign out").wait_for()

    def open(self, page, path, where):
        self.pages += 1
        page.goto(self.url + path)
        page.locator("main h1").wait_for()
        page.wait_for_function("!document.body.textContent.includes('Loading…')")
        page.wait_for_timeout(300)
        if page.get_by_role("alert").filter(has_text="Try again").count():
            self.complain(where, page.get_by_role("alert").first.inner_text())
        for refused in page.evaluate("refused"):
            self.complain(where, f"refused: {refused}")
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wider > 0:
            self.complain(where, f"is {wider} pixels wider than its window")
        if page.evaluate("document.cookie + JSON.stringify({...localStorage, ...sessionStorage})") != "{}":
            self.complain(where, "scripts can reach something that is kept")
        for violation in Axe().run(page).response["violations"]:
            nodes = "; ".join(node["html"][:120] for node in violation["nodes"][:3])
            self.complain(where, f"axe: {violation['id']}: {violation['help']}: {nodes}")


def main():
    url, = sys.argv[1:]
    accounts = json.load(sys.stdin)
    look = Look(url)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for shape in SHAPES:
            for role, account in accounts.items():
                look.role(browser, role, account, shape)
        browser.close()
    for complaint in look.complaints:
        print(complaint)
    print(f"{look.pages} pages")
    return 1 if look.complaints else 0


sys.exit(main())
