"""Figures of the web admin's pages in headless Chromium, as one JSON object.

browser.py URL COOKIE EMPLOYEE_TOKEN PICTURE     run by web.py, with the Python that has Playwright
"""

import json
import sys
import time

import requests
from playwright.sync_api import sync_playwright

url, cookie, employee, picture = sys.argv[1:]
# Told by the browser itself: what was slow to answer a click, what moved, what held the page up.
WATCH = """
window.told = {events: [], shifts: 0, long: 0, longest: 0, painted: 0};
new PerformanceObserver((list) => list.getEntries().forEach((entry) => told.events.push(entry.duration)))
  .observe({type: "event", durationThreshold: 16});
new PerformanceObserver((list) => list.getEntries().forEach((entry) => { if (!entry.hadRecentInput) told.shifts += entry.value; }))
  .observe({type: "layout-shift", buffered: true});
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  told.long += Math.max(0, entry.duration - 50);
  told.longest = Math.max(told.longest, entry.duration);
}))
  .observe({type: "longtask", buffered: true});
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  if (entry.name === "first-contentful-paint") told.painted = entry.startTime;
})).observe({type: "paint", buffered: true});
"""


def new_page(browser, signed_in=True):
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(WATCH)
    if signed_in:
        context.add_cookies([{"name": "tracker_session", "value": cookie, "url": url, "httpOnly": True}])
    return context.new_page()


def median(values):
    return sorted(values)[len(values) // 2]


def first_page(browser):
    """Bytes on the wire and requests until somebody can sign in."""
    page = new_page(browser, signed_in=False)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    seen = {"bytes": 0, "requests": 0}
    session.on("Network.requestWillBeSent", lambda _: seen.update(requests=seen["requests"] + 1))
    session.on("Network.loadingFinished", lambda event: seen.update(bytes=seen["bytes"] + event["encodedDataLength"]))
    page.goto(url)
    page.get_by_label("Email").wait_for()
    page.wait_for_timeout(500)
    page.context.close()
    return seen


def cold_start(browser, path, selector):
    """Milliseconds until something is painted and until what was asked for is there; blocking time; shift; requests but for pictures."""
    turns = []
    for _ in range(5):
        page = new_page(browser)
        asked = []
        page.on("request", lambda request: "/uploads/" in request.url or asked.append(request.url))
        start = time.monotonic()
        page.goto(url + path, wait_until="commit")
        page.locator(selector).first.wait_for()
        usable = (time.monotonic() - start) * 1000
        page.wait_for_timeout(1000)
        told = page.evaluate("told")
        turns.append((told["painted"], usable, told["long"], told["shifts"], len(asked)))
        page.context.close()
    return dict(zip(("painted", "usable", "blocked", "shift", "requests"), (median(column) for column in zip(*turns))))


def clicks(browser):
    """The slowest answer to a click or key, in milliseconds, on pages of 200 people and 50,000 captures."""
    page = new_page(browser)
    worst = 0

    def rest():
        nonlocal worst
        page.wait_for_timeout(700)
        worst = max([worst] + page.evaluate("told.events.splice(0)"))

    page.goto(url + "/hours")
    page.locator(".hours .opener").nth(20).click()
    rest()
    page.get_by_role("link", name="Reports").click()
    # On a Monday morning this week has next to nobody.
    page.get_by_role("button", name="Last week").click()
    page.locator(".report .opener").nth(3).click()
    rest()
    page.get_by_role("link", name="Screenshots").click()
    page.locator("main .picture").first.wait_for()
    page.locator("main .picture").first.click()
    rest()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    rest()
    page.keyboard.press("Escape")
    page.locator("select[name=employee]").select_option(index=5)
    rest()
    page.get_by_role("link", name="Dashboard").click()
    rest()
    page.context.close()
    return worst


def report(browser):
    """The longest that the page is held up while all people of a report of a year are opened by month and closed, in milliseconds."""
    page = new_page(browser)
    page.goto(url + "/reports?by=month&from=" + page.evaluate("new Date(Date.now() - 364 * 86400000).toISOString().slice(0, 10)")
              + "&to=" + page.evaluate("new Date().toISOString().slice(0, 10)"))
    page.locator(".report tbody tr").first.wait_for()
    for name in ("Open all", "Close all"):
        page.get_by_role("button", name=name).click()
        page.wait_for_timeout(4000)
    longest = page.evaluate("told.longest")
    page.context.close()
    return longest


def grid(browser):
    """The page's heap in MB and the share of frames of more than 50 ms while 10,000 pictures are scrolled through."""
    page = new_page(browser)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.goto(url + "/screenshots")
    page.locator("main .picture").first.wait_for()
    frames = page.evaluate("""() => new Promise((resolve) => {
      const times = [];
      let last = 0;
      const end = performance.now() + 25_000;
      function step(at) {
        if (last) times.push(at - last);
        last = at;
        scrollBy(0, 160);
        if (at < end) requestAnimationFrame(step);
        else resolve([times.length, times.filter((time) => time > 50).length, scrollY]);
      }
      requestAnimationFrame(step);
    })""")
    used = {item["name"]: item["value"] for item in session.send("Performance.getMetrics")["metrics"]}["JSHeapUsedSize"]
    page.context.close()
    return {"heap": used / 1e6, "slow": frames[1] / frames[0], "pixels": frames[2]}


def news(browser):
    """Milliseconds from when a capture is sent until its picture stands in the grid."""
    page = new_page(browser)
    page.goto(url + "/screenshots")
    page.locator("main .picture").first.wait_for()
    page.wait_for_timeout(1500)
    times = []
    for _ in range(5):
        page.evaluate("""() => {
          const known = new Set([...document.querySelectorAll("main .picture img")].map((image) => image.src));
          window.arrived = new Promise((resolve) => {
            const look = () => {
              const image = [...document.querySelectorAll("main .picture img")].find((each) => !known.has(each.src));
              if (image?.complete && image.naturalWidth) resolve(Date.now());
              else requestAnimationFrame(look);
            };
            look();
          });
        }""")
        with open(picture, "rb") as file:
            start = time.time() * 1000
            requests.post(
                url + "/api/uploads/screenshot", headers={"Authorization": f"Bearer {employee}"},
                files={"screenshot": ("x.png", file, "image/png")}).raise_for_status()
        times.append(page.evaluate("arrived") - start)
        page.wait_for_timeout(300)
    page.context.close()
    return median(times)


with sync_playwright() as playwright:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    print(json.dumps({
        "first": first_page(browser), "cold": cold_start(browser, "/", "main table tbody tr"), "click": clicks(browser),
        "report": report(browser), "grid": grid(browser), "news": news(browser),
    }))
    browser.close()
