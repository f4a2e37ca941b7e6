"""Walks through the web admin in Chromium by what people choose, back and forward, and says what is wrong.

steps.py URL     email and password of a manager on standard input, a line each; the office has people and captures, among
                 them mira and noor, who know no better password than "a password of their own"

Writes a line for each complaint, then `done`; ends with 1 when there is a complaint.
"""

import json
import re
import sys
import urllib.request
from datetime import datetime, timedelta

from admin import PATIENCE, chromium, new_page, settle, wait_until
from desk import Desk
from playwright.sync_api import expect, sync_playwright

url = sys.argv[1]
email, password = (line.rstrip("\n") for line in sys.stdin)
complaints = []


def complain_unless(is_so, what):
    if not is_so:
        complaints.append(what)


def address(page):
    return page.url.removeprefix(url)


def first_visit(page):
    """Nobody has signed in before: nothing is asked for in vain, so nothing stands on the console."""
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    page.get_by_label("Email").wait_for()
    complain_unless(not said, f"the console says {said}")
    complain_unless(not any("/api/" in each for each in asked), f"a first visit asks for {asked}")
    sign_in(page)


def sign_in(page):
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Sign out").wait_for()


def ranges(page):
    page.get_by_role("link", name="Reports").click()
    pressed = page.locator("[data-period][aria-pressed=true]")
    expect(pressed).to_have_text("This week")
    page.get_by_role("button", name="Last month").click()
    page.locator("select[name=by]").select_option("week")
    complain_unless(address(page) == "/reports?period=last-month&by=week", f"a choice stands as {address(page)}")
    page.go_back()
    expect(page.locator("select[name=by]")).to_have_value("day")
    expect(pressed).to_have_text("Last month")
    page.go_back()
    expect(pressed).to_have_text("This week")
    page.go_forward()
    page.go_forward()
    expect(page.locator("select[name=by]")).to_have_value("week")
    page.reload()
    expect(pressed).to_have_text("Last month")
    typing(page, pressed)


def typing(page, pressed):
    """An answer that comes late takes no days away from whoever types others."""
    held = []
    page.route("**/api/work/summary?*", lambda route: held.append(route))
    page.get_by_role("button", name="This month").click()
    wait_for(page, lambda: held, "a report is asked for")
    page.locator("[name=from]").fill("2026-03-02")
    held[0].continue_()
    page.unroute_all()
    expect(pressed).to_have_text("This month")
    page.locator(".about").get_by_text(str(datetime.now().year)).first.wait_for()
    settle(page)
    stands = page.locator("[name=from]").input_value()
    complain_unless(stands == "2026-03-02", f"a report that comes late makes {stands} of days that are typed")
    page.get_by_role("button", name="This month").click()
    expect(page.locator("[name=from]")).not_to_have_value("2026-03-02")
    page.locator("[name=from]").fill("2026-03-02")
    page.locator("[name=to]").fill("2026-03-08")
    page.keyboard.press("Enter")
    page.wait_for_url("**from=2026-03-02&to=2026-03-08*")
    page.locator("[name=from]").fill("")
    page.locator("select[name=by]").select_option("month")
    settle(page)
    complain_unless(page.get_by_text("Choose the first").count() == 0, "days that are being typed take the report of others away")


def opened_rows(page):
    """What was opened stands open when somebody comes back to it."""
    page.goto(url + "/reports?period=this-month")
    page.locator(".report .person button").first.click()
    page.locator(".report .period button").first.click()
    page.locator(".report .made .sessions").wait_for()
    page.get_by_role("link", name="Setup").click()
    page.locator("main h1").filter(has_text="Setup").wait_for()
    page.go_back()
    page.locator(".report .made .sessions").wait_for()
    page.locator(".report .period button").first.click()
    expect(page.locator(".report .made")).to_have_count(0)
    complain_unless("rows=" not in address(page), f"what is closed stands in {address(page)}")


def correcting(page):
    """Proposes a day that is shown, or none."""
    page.goto(url + "/reports?period=last-month")
    for choice, isProposed in [("Last month", False), ("Yesterday", True), ("This week", True)]:
        page.get_by_role("button", name=choice).click()
        expect(page.locator(f"[data-period={choice.lower().replace(' ', '-')}]")).to_have_attribute("aria-pressed", "true")
        page.locator(".about").wait_for()
        wait_until(page, "!document.querySelector('[aria-busy=true]')")
        page.wait_for_timeout(300)
        days = [page.locator(f"main [name={name}]").input_value() for name in ("from", "to")]
        page.get_by_role("button", name="Correct hours").click()
        proposed = page.locator("dialog [name=date]").input_value()
        complain_unless(days[0] <= proposed <= days[1] if isProposed else not proposed, f"of {choice}, {days}, {proposed} is corrected")
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)


def days(page):
    page.get_by_role("link", name="Work hours").click()
    page.locator(".hours .opener").first.wait_for()
    for _ in range(2):
        page.get_by_role("button", name="Previous day").click()
    earlier = page.locator(".days h2").inner_text()
    page.get_by_role("button", name="Next day").click()
    page.go_back()
    expect(page.locator(".days h2")).to_have_text(earlier)


def filters(page):
    page.get_by_role("link", name="Screenshots").click()
    page.locator("main .picture").first.wait_for()
    page.locator("select[name=employee]").select_option(index=1)
    page.get_by_role("button", name="Today").click()
    page.get_by_role("button", name="Today").wait_for(state="hidden")
    page.go_back()
    expect(page.locator("input[name=day]")).to_have_value("")
    complain_unless("employee=" in address(page), "back has forgotten the person")
    page.go_back()
    expect(page.locator("select[name=employee]")).to_have_value("")
    page.locator("main .picture").first.wait_for()


def list_comes_late(page):
    """Whoever has opened a capture of the list before goes on from where the captures stand."""
    held = []
    page.route("**/api/uploads/list?*", lambda route: held.append(route))
    page.locator("select[name=employee]").select_option("mira@harbour.example")
    wait_for(page, lambda: held, "a list is asked for")
    page.locator("main .picture").first.click()
    page.locator(".viewer-picture img").wait_for()
    held[0].continue_()
    page.unroute_all()
    settle(page)
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    complain_unless(page.evaluate("document.activeElement.closest('main') !== null"), "who closes a capture of the list before is nowhere")


def over_midnight(page):
    """A time to that is before the time from is the next day's: the page says so."""
    page.goto(url + "/screenshots?day=2026-03-02&from=15:00&to=12:00")
    expect(page.locator(".captures [role=status]")).to_have_text("on Tue, Mar 3, 2026")
    page.locator("input[name=to]").fill("16:00")
    expect(page.locator(".captures [role=status]")).to_have_text("")
    page.get_by_role("button", name="Show everything").first.click()
    page.locator("main .picture").first.wait_for()


def printing(page):
    """What is chosen is printed, not only what can be seen."""
    page.evaluate("() => { window.print = () => { window.printed = document.querySelectorAll('main .picture img').length; }; }")
    count = page.locator("main .picture").count()
    page.get_by_role("button", name="Print").click()
    page.locator(".printed").filter(has_text="Everybody").wait_for(state="attached")
    for _ in range(100):
        if page.evaluate("window.printed"):
            break
        page.wait_for_timeout(100)
    complain_unless(page.evaluate("window.printed") == count, f"{page.evaluate('window.printed')} of {count} pictures are printed")


def too_many_rows(page):
    """30 people by day of 400 days are 12,000 rows: their totals are shown, and why no more is."""
    total = {"from": "2025-01-01", "to": "2026-02-04", "sessions": 1, "totalActiveSeconds": 60, "totalIdleSeconds": 0,
             "netActiveSeconds": 60, "correctionSeconds": 0, "payableSeconds": 60, "firstLogin": "2025-01-01T08:00:00.000Z",
             "lastLogout": "2025-01-01T08:01:00.000Z", "period": "2025-01-01/2026-02-04"}
    people = [{"employeeId": f"p{number}@x.example", "name": f"P {number}", "registered": True, "rows": [], "total": total}
              for number in range(30)]
    report = {"from": total["from"], "to": total["to"], "zone": "UTC", "by": "range", "employees": people}
    asked = []

    def answer(route):
        asked.append(route.request.url)
        route.fulfill(content_type="application/json", body=json.dumps(report))

    page.route("**/api/work/summary?*", answer)
    page.goto(f"{url}/reports?from=2025-01-01&to=2026-02-04&everyone=1")
    page.get_by_text("more than 10,000 rows").wait_for()
    expect(page.locator(".report .opener[aria-expanded=true]")).to_have_count(0)
    complain_unless(not any("explain" in each for each in asked), "what is not shown is asked for all the same")
    complain_unless("everyone" not in address(page), "the address says what is not shown")
    page.unroute_all()


def live_view(page):
    """Whoever ends it is not asked again but by hand; whoever leaves is shown again by itself."""
    mira = Desk(url, "mira@harbour.example", "a password of their own")
    mira.come()
    mira.start()
    page.get_by_role("link", name="Live view").click()
    page.locator(".chips [data-key='mira@harbour.example']").click()
    page.locator("img.live").wait_for()
    complain_unless(address(page) == "/live?watch=mira%40harbour.example", f"who is watched stands as {address(page)}")
    (screen, image) = (page.locator(place).bounding_box() for place in [".screen", "img.live"])
    tall = image["y"] + image["height"] - screen["y"]
    complain_unless(tall < page.viewport_size["height"], f"one screen, with the words over it, is {tall} pixels tall, more than the window")
    said = page.locator(".screen > [role=status]").first
    mira.refuse()
    expect(said).to_contain_text("has ended it")
    expect(page).to_have_url(f"{url}/live")
    mira.stop()
    page.get_by_role("heading", name="Not tracking").wait_for()
    mira.start()
    page.wait_for_timeout(2000)
    complain_unless(mira.watched == 1, "whoever ended it is watched again")
    page.get_by_role("button", name="Watch again").click()
    expect(said).to_have_text("")
    mira.stop()
    expect(said).to_contain_text("is not tracking")
    mira.start()
    expect(said).to_have_text("")
    mira.go()
    expect(said).to_contain_text("is offline")
    mira.come()
    expect(said).to_have_text("")
    noor = Desk(url, "noor@harbour.example", "a password of their own")
    noor.come()
    page.locator(".chips [data-key='noor@harbour.example']").click()
    expect(page.locator("img.live")).to_have_count(2)
    count = mira.watched
    page.go_back()
    expect(page.locator(".screen")).to_have_count(1)
    complain_unless(mira.watched == count, "back begins to watch anew who was watched before")
    page.go_back()
    expect(page.locator(".screen")).to_have_count(0)
    complain_unless(address(page) == "/live", f"back leads to {address(page)}")
    mira.go()
    noor.go()


def too_many_screens(page):
    page.goto(f"{url}/live?watch=a,b,c,d,e")
    page.get_by_text("You can watch 4 people at a time").wait_for()
    expect(page.locator(".screen")).to_have_count(4)


def unseen(page):
    """A page that nobody sees holds no connection; seen again, it shows what has happened meanwhile."""
    streams = []
    page.on("request", lambda request: request.url.endswith("/api/events") and streams.append(request))
    ended = []
    for kind in ("requestfailed", "requestfinished"):
        page.on(kind, lambda request: request in streams and ended.append(request))
    page.goto(url)
    page.locator("tbody tr").first.wait_for()
    page.evaluate("document.dispatchEvent(new Event('freeze'))")
    wait_for(page, lambda: len(ended) == 1, "a page that is left holds its connection")
    Desk(url, "noor@harbour.example", "a password of their own").stop()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    wait_for(page, lambda: len(streams) == 2, "a page that is seen again hears of nothing")
    expect(page.locator("[data-id='noor@harbour.example']")).to_have_text("Away")


def outage(page):
    """What could not be had while the server was out of reach comes by itself when it is back."""
    page.goto(f"{url}/setup")
    page.get_by_role("button", name="Add an employee").wait_for()
    page.route("**", lambda route: route.abort())
    page.get_by_role("link", name="Activity").click()
    page.get_by_text("The page can't be loaded").wait_for()
    page.unroute_all()
    page.locator(".doing").first.wait_for()
    page.route(re.compile("/health|/api/(?!events)"), lambda route: route.abort())
    page.get_by_role("link", name="Reports").click()
    page.get_by_text("The server can't be reached").first.wait_for()
    page.unroute_all()
    page.locator(".report").wait_for()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def elsewhere(page):
    """Whoever is in another zone sees their own time beside the office's."""
    context = page.context.browser.new_context(timezone_id="Pacific/Kiritimati", storage_state=page.context.storage_state())
    away = context.new_page()
    away.goto(url)
    for name, place in (("Dashboard", "main .picture"), ("Dashboard", "tbody td"), ("Activity", ".doing dd"), ("Activity", ".doing li")):
        away.get_by_role("link", name=name).click()
        away.get_by_text("what your own clock shows").wait_for()
        away.locator(place).filter(has_text="(here ").first.wait_for()
    context.close()


def login_ended(page):
    """It is said that what was typed is still there where something was; who signs in, does so in all pages of the browser."""
    page.goto(f"{url}/setup")
    page.get_by_role("button", name="Add an employee").click()
    page.get_by_label("Name").last.fill("Kim")
    other = page.context.new_page()
    other.goto(url)
    other.locator("tbody tr").first.wait_for()
    page.context.clear_cookies()
    page.get_by_label("Email").last.fill("kim@harbour.example")
    page.locator("dialog").get_by_role("button", name="Add").click()
    other.get_by_role("link", name="Reports").click()
    expect(page.locator("dialog").last).to_contain_text("What you typed is still here")
    expect(other.locator("dialog")).to_contain_text("Your login has ended.")
    expect(other.locator("dialog")).not_to_contain_text("typed")
    other.get_by_label("Password").fill(password)
    other.keyboard.press("Enter")
    expect(other.locator("dialog")).to_have_count(0)
    expect(page.locator("dialog").last).to_contain_text("It is shown only now")
    other.close()


def second_factor_required(page):
    """Whoever is to set up a second factor first may leave instead."""
    refusal = {"error": "Set up a second factor.", "code": "second_factor_setup_required"}
    page.route("**/api/employees", lambda route: route.fulfill(status=403, json=refusal))
    page.goto(f"{url}/setup")
    page.get_by_text("Managers need a second factor here").wait_for()
    page.locator("dialog").get_by_role("button", name="Sign out").click()
    page.get_by_label("Email").wait_for()
    page.unroute_all()
    sign_in(page)


def idle(page):
    """It takes two looks at the hours; from page to page it is still known."""
    row = {"sessions": 1, "firstLogin": "2026-03-02T08:00:00.000Z", "lastLogout": None, "totalActiveSeconds": 1000,
           "totalIdleSeconds": 0, "netActiveSeconds": 1000}

    def answer(route):
        person = {"employeeId": "mira@harbour.example", "name": "Mira", "rows": [row], "loginTimes": [row["firstLogin"]], **row}
        route.fulfill(content_type="application/json", body=json.dumps({"employees": [person]}))

    for path in ("?*", "/today"):
        page.route(f"**/api/work/summary{path}", answer)
    page.goto(url)
    state = page.locator("[data-id='mira@harbour.example']")
    expect(state).to_have_text("Tracking")
    page.get_by_role("link", name="Setup").click()
    page.get_by_role("button", name="Add an employee").wait_for()
    row.update(totalActiveSeconds=1060, totalIdleSeconds=60)
    for _ in range(2):
        page.get_by_role("link", name="Dashboard").click()
        expect(state).to_have_text("Idle")
        page.get_by_role("link", name="Activity").click()
        expect(page.locator(".doing").filter(has_text="mira").locator(".badge")).to_have_text("Idle")
    page.get_by_role("link", name="Setup").click()
    page.get_by_role("button", name="Add an employee").wait_for()
    row.update(totalActiveSeconds=1120)
    page.get_by_role("link", name="Dashboard").click()
    expect(state).to_have_text("Tracking")
    page.unroute_all()


def own_captures(page):
    """Employees delete what was captured within a day."""
    noor = Desk(url, "noor@harbour.example", "a password of their own")
    # More than stand on a page of the list at first.
    taken = [noor.capture() for _ in range(26)]
    deleted = taken[-2:]
    own = new_page(page.context.browser)
    own.goto(url)
    own.get_by_label("Email").fill("noor@harbour.example")
    own.get_by_label("Password").fill("a password of their own")
    own.get_by_role("button", name="Sign in").click()
    for ts in reversed(deleted):
        own.locator(f".picture time[datetime='{ts}']").click()
        own.keyboard.press("Delete")
        own.get_by_text("Managers see that you did it").wait_for()
        own.get_by_role("button", name="Delete", exact=True).click()
        expect(own.locator(f"main .picture time[datetime='{ts}']")).to_have_count(0)
        own.keyboard.press("Escape")
        expect(own.locator("dialog")).to_have_count(0)
    with own.expect_response("**/api/uploads/list?*"):
        own.evaluate("dispatchEvent(new Event('focus'))")
    settle(own)
    shown = times_of(own)
    complain_unless(shown == sorted(set(shown), reverse=True), f"after a deletion captures stand twice, or in another order: {shown}")
    deletion_under_way(own)
    deletion_elsewhere(own, noor)
    own.clock.set_fixed_time(datetime.now() + timedelta(hours=25))
    own.locator("main .picture").last.click()
    own.get_by_text("Full size").wait_for()
    complain_unless(own.get_by_role("button", name="Delete…").count() == 0, "employees delete what is old")
    page.goto(f"{url}/screenshots?employee=noor@harbour.example")
    page.locator("main .picture").first.wait_for()
    for ts in deleted:
        complain_unless(page.locator(f"main .picture time[datetime='{ts}']").count() == 0, "what was deleted is shown")
    own.context.close()


def times_of(own):
    return own.locator("main .picture time").evaluate_all("(times) => times.map((time) => time.dateTime)")


def deletion_under_way(own):
    """Whoever goes on meanwhile loses nothing else, and looks at nothing unseen."""
    held, looked = [], []
    own.route("**/uploads/*", lambda route: held.append(route) if route.request.method == "DELETE" else route.continue_())
    own.locator("main .picture").first.click()
    own.locator(".viewer-picture img").wait_for()
    own.keyboard.press("Delete")
    own.get_by_role("button", name="Delete", exact=True).click()
    wait_for(own, lambda: held, "a capture is deleted")
    own.keyboard.press("Delete")
    own.wait_for_timeout(100)
    complain_unless(own.locator("dialog").count() == 1, "what is being deleted is asked for once more")
    own.keyboard.press("Escape")
    expect(own.locator("dialog")).to_have_count(0)
    count = own.locator("main .picture").count()
    own.on("request", lambda request: looked.append(request.url) if re.search(r"/uploads/[^?]*$", request.url) else None)
    held[0].continue_()
    expect(own.locator("main .picture")).to_have_count(count - 1)
    complain_unless(not looked, f"a viewer that is closed looks at {looked}")
    own.unroute_all()


def deletion_elsewhere(own, noor):
    """What is deleted elsewhere goes from an employee's page, too."""
    (first, count) = (own.locator("main .picture img").first.get_attribute("src").split("?")[0], own.locator("main .picture").count())
    request = urllib.request.Request(url + first, method="DELETE", headers={"Authorization": f"Bearer {noor.token}"})
    urllib.request.urlopen(request).close()
    own.evaluate("dispatchEvent(new Event('focus'))")
    expect(own.locator("main .picture")).to_have_count(count - 1)


def wait_for(page, condition, what):
    for _ in range(200):
        if condition():
            return
        page.wait_for_timeout(100)
    complaints.append(what)


with sync_playwright() as playwright:
    browser = chromium(playwright)
    page = new_page(browser)
    expect.set_options(timeout=PATIENCE)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for walk in (
        first_visit, ranges, opened_rows, correcting, days, filters, list_comes_late, over_midnight, printing, live_view, too_many_screens,
        own_captures, unseen, idle, outage, elsewhere, login_ended, second_factor_required, too_many_rows):
        try:
            walk(page)
        except Exception as error:
            complaints.append(f"{walk.__name__}: {error}")
    browser.close()
for complaint in complaints:
    print(complaint)
print("done")
sys.exit(1 if complaints else 0)
