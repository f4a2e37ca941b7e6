"""The web admin's pages in headless Chromium, on an office of 200 people with 50,000 captures."""

import json
import os

import programs
import records
from programs import output
from report import Row
from reports import PEOPLE, office

CAPTURES = 50_000


def pictures(house, calendar):
    """The index of so many captures of the last days, and their images: links of a few."""
    images = []
    for number in range(8):
        image = house.folder / f"{number}.png"
        output("convert", "-size", "1920x1080", "-seed", str(number), "plasma:fractal", "-colors", "64", image)
        images.append(image)
    rows = []
    for number in range(CAPTURES):
        at = calendar.now - (CAPTURES - number) * 5000 - 60_000
        name = f"{calendar.iso(at).replace(':', '-').replace('.', '-')}-{number:05d}.png"
        os.link(images[number % len(images)], house.uploads / name)
        rows.append(f'  {{\n    "file": "uploads/{name}",\n    "employeeId": "{house.email(number * 7 % PEOPLE)}",\n'
                    f'    "ts": "{calendar.iso(at)}"\n  }}')
    records.write_array(house.index_file, rows)
    return images[0]


def web_rows(bench):
    house = office(bench, 365, 0)
    picture = pictures(house, bench.calendar)
    with bench.run(house) as server:
        told = json.loads(output(
            programs.PYTHON, programs.HERE / "browser.py", server.url, records.token(records.MANAGER, "super_admin"),
            records.token(house.email(0)), picture))
    first, cold, grid = told["first"], told["cold"], told["grid"]

    def row(name, value, unit, limit, digits=0):
        return Row(name, f"{value:,.{digits}f}{unit}", "", f"{value / limit:.2f}", f"<= {limit:g}{unit}", value <= limit,
                   "headless Chromium")

    yield row("first page over the wire", first["bytes"] / 1000, " kB", 60, 1)
    yield row("first page, requests", first["requests"], "", 15)
    yield row("Dashboard cold, first contentful paint", cold["painted"], " ms", 400)
    yield row("Dashboard cold, people are there", cold["usable"], " ms", 700)
    yield row("Dashboard cold, blocking time", cold["blocked"], " ms", 50)
    yield row("Dashboard cold, layout shift", cold["shift"], "", 0.02, 3)
    # What is asked for later, such as the form to sign in again, is not in it.
    yield row("Dashboard cold, requests but for pictures", cold["requests"], "", 15)
    yield row("slowest answer to a click, all pages", told["click"], " ms", 100)
    yield row("report of a year opened and closed, longest task", told["report"], " ms", 50)
    yield row("grid of 50,000, heap after scrolling", grid["heap"], " MB", 150, 1)
    yield row("grid of 50,000, frames over 50 ms", grid["slow"] * 100, " %", 2, 2)
    yield row("a capture sent until it is seen in the grid", told["news"], " ms", 250)
