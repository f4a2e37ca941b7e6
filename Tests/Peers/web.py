"""Opens every page of the web admin in Chromium, as those who use it do, and says what is wrong.

web.py URL     takes {"super_admin": [email, password], "manager": ..., "employee": ...} on standard input

Each role signs in by keyboard and opens each of its pages, wide and as on a phone, light and dark. Nothing may be said on the
console or refused by the page's policy, no script of others may run, axe-core may find nothing, no page may be wider than its window,
and no time may be broken over two lines. Writes a line for each complaint, then how many pages were looked at; ends with 1 when there is a complaint.
"""

import json
import sys

from admin import PAGES, Complaints, chromium, new_page, settle, sign_in
from axe import violations
from playwright.sync_api import sync_playwright

# Times and durations of which a part stands in another line.
BROKEN = """(() => {
    const [texts, range, found] = [document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), document.createRange(), []];
    while (texts.nextNode()) {
        range.selectNodeContents(texts.currentNode);
        const isClock = /^\\s*[+−]?\\d+:\\d\\d:\\d\\d\\s*$/.test(texts.currentNode.data);
        const lines = new Set([...range.getClientRects()].map(({ top }) => Math.round(top)));
        if (isClock && lines.size > 1) found.push(texts.currentNode.data);
    }
    return found;
})()"""
SHAPES = [("wide", 1280, 800, "light"), ("phone", 320, 844, "dark")]


class Look:
    def __init__(self, url):
        self.url, self.complaints = url, Complaints()

    def role(self, browser, role, account, shape):
        name, width, height, scheme = shape
        page = new_page(browser, viewport={"width": width, "height": height}, color_scheme=scheme)
        where = [f"{role} {name}"]
        complain = lambda what: self.complaints.add(where[0], what)
        page.on("pageerror", complain)
        page.on("dialog", lambda dialog: (complain(f"says {dialog.message}"), dialog.dismiss()))
        sign_in(page, self.url, account, "/setup")
        # Before, the browser itself says that nobody is signed in.
        page.on("console", lambda message: message.type in ("error", "warning") and complain(message.text))
        for path in PAGES[role]:
            where[0] = f"{role} {name} {path}"
            self.open(page, path, complain)
        page.context.close()

    def open(self, page, path, complain):
        self.complaints.count += 1
        page.goto(self.url + path)
        settle(page)
        page.wait_for_timeout(300)
        if page.get_by_role("alert").filter(has_text="Try again").count():
            complain(page.get_by_role("alert").first.inner_text())
        for refused in page.evaluate("refused"):
            complain(f"refused: {refused}")
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wider > 0:
            complain(f"is {wider} pixels wider than its window")
        for words in page.evaluate(BROKEN):
            complain(f"breaks {words} over two lines")
        if page.evaluate("document.cookie + JSON.stringify({...localStorage, ...sessionStorage})") != "{}":
            complain("scripts can reach something that is kept")
        for violation in violations(page):
            complain(violation)


def main():
    url, = sys.argv[1:]
    accounts = json.load(sys.stdin)
    look = Look(url)
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        for shape in SHAPES:
            for role, account in accounts.items():
                look.role(browser, role, account, shape)
        browser.close()
    return look.complaints.finish("pages")


sys.exit(main())
