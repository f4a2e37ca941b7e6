"""Opens every page of the web admin in Firefox, in every role, and says what is wrong.

firefox.py URL     takes {"super_admin": [email, password], "manager": ..., "employee": ...} on standard input

Each role signs in by keyboard and opens each of its pages. Its heading and its data must be there, pictures too; nothing may be
said on the console, the browser's own included, or refused by the page's policy; and no page may be wider than its window, nor
than a phone's. Who leaves a page before it is complete is not brought back. Writes a line for each complaint, then how many pages were looked at; ends with 1 when there is a complaint.
"""

import json
import sys

from admin import DATA, PAGES, SETTLED, WATCH, Complaints
from bidi import Firefox, Refused

WIDE, PHONE = (1280, 800), (390, 844)
WIDER = "JSON.stringify(document.documentElement.scrollWidth - innerWidth)"
LOADED = "[...document.images].filter((image) => image.complete && image.naturalWidth).length"


def look(tab, url, path, complain):
    tab.resize(*WIDE)
    tab.goto(url + path)
    if not tab.wait(f"document.querySelector('main h1') && document.querySelector({json.dumps(DATA[path])})"):
        complain("has no heading or no data: " + tab.evaluate("JSON.stringify(document.body.textContent.slice(0, 300))"))
    if not tab.wait(SETTLED):
        complain("is still loading")
    if "img" in DATA[path] and not tab.wait(f"{LOADED} > 0"):
        complain("shows no picture")
    if (words := tab.evaluate("JSON.stringify(document.querySelector('[role=alert] button')?.parentNode.textContent)")):
        complain(words)
    for width, height in (WIDE, PHONE):
        tab.resize(width, height)
        tab.wait(f"innerWidth === {width}")
        if (wider := tab.evaluate(WIDER)) > 0:
            complain(f"is {wider} pixels wider than a window of {width}")
    for refused in tab.evaluate("JSON.stringify(refused)"):
        complain(f"refused: {refused}")


def sign_in(tab, url, account):
    tab.resize(*WIDE)
    tab.goto(url + "/setup")
    tab.wait("document.activeElement?.name === 'email'")
    tab.press(account[0], "Tab", account[1], "Enter")
    return tab.wait("document.querySelector('header.frame ~ main h1')")


def hurry(tab, url, paths, complain):
    """Leaves pages before they are complete; nobody is brought back to them."""
    for path in paths:
        try:
            tab.goto(url + path)
        except Refused as refusal:
            complain(f"left in a hurry for {path}: {refusal}")
    tab.wait("document.querySelector('main h1')")
    if (there := tab.evaluate("JSON.stringify(location.pathname)")) != paths[-1]:
        complain(f"left in a hurry for {paths[-1]}, but stands at {there}")


def main():
    url, = sys.argv[1:]
    accounts = json.load(sys.stdin)
    complaints = Complaints()
    with Firefox() as firefox:
        firefox.call("session.subscribe", events=["log.entryAdded", "browsingContext.userPromptOpened"])
        firefox.call("script.addPreloadScript", functionDeclaration=f"() => {{ {WATCH} }}")
        for role, account in accounts.items():
            tab = firefox.tab()
            if not sign_in(tab, url, account):
                complaints.add(role, "can't sign in")
                continue
            for path in PAGES[role]:
                complaints.count += 1
                where = f"{role} {path}"
                look(tab, url, path, lambda what, where=where: complaints.add(where, what))
                for event in firefox.events:
                    complaints.add(where, event["params"].get("text") or event["params"])
                firefox.events.clear()
            tab.close()
        for text, source in firefox.console():
            if source.startswith(url) or url in text:
                complaints.add("console", f"{text} ({source})")
        tab = firefox.tab()
        sign_in(tab, url, accounts["manager"])
        hurry(tab, url, 2 * ["/", "/hours", "/screenshots"], lambda what: complaints.add("manager", what))
    return complaints.finish("pages in Firefox")


if __name__ == "__main__":
    sys.exit(main())
