"""Reports of a month and a year of an office, against the same months alone and against Python."""

import datetime
import json
import time
from statistics import median

import records
from report import Row, say

PEOPLE = 200
# A working day has so many sessions of each.
SESSIONS = 3
OLDER = 1_000_000


class Office(records.House):
    """People who work three sessions a day, five days a week, on the `days` before today; and `older` sessions before that."""

    days = 0
    older = 0

    def _sessions(self):
        per_day = self.employees * SESSIONS
        before = -(-self.older // per_day)
        today = self.calendar.today
        first = today - self.days * records.DAY
        for number in range(before, 0, -1):
            yield from self._day(first - number * records.DAY)
        for number in range(self.days):
            day = first + number * records.DAY
            if (day // records.DAY + 3) % 7 < 5:
                yield from self._day(day)

    def _day(self, day):
        iso, date = self.calendar.iso, self.calendar.local_date
        for turn in range(SESSIONS):
            for employee in range(self.employees):
                start = day + (8 + 3 * turn) * records.HOUR + employee * 2503 % 600_000
                end = start + 2 * records.HOUR + employee * 7919 % 1_800_000
                email = self.email(employee)
                yield (f'  {{\n    "id": "{email}-{start}",\n    "employeeId": "{email}",\n'
                       f'    "startedAt": "{iso(start)}",\n    "endedAt": "{iso(end)}",\n    "isActive": false,\n'
                       f'    "idleSeconds": {start // 1000 % 900},\n    "lastHeartbeatAt": "{iso(end)}",\n'
                       f'    "date": "{date(start)}"\n  }}')


def office(bench, days, older):
    house = Office(bench.folder / f"office-{days}-{older}", bench.calendar, 0, 0, PEOPLE, 0)
    house.days, house.older = days, older
    start = time.monotonic()
    house.write()
    say(f"an office of {PEOPLE} with {days} days and {older:,} older sessions written in {time.monotonic() - start:.1f} s")
    return house


def reckon(sessions, offset):
    """One pass over sessions of whole days, as a script would make it: hours by person and day."""
    rows = {}
    for session in sessions:
        start = datetime.datetime.fromisoformat(session["startedAt"].replace("Z", "+00:00"))
        end = datetime.datetime.fromisoformat(session["endedAt"].replace("Z", "+00:00"))
        active = int((end - start).total_seconds())
        key = session["employeeId"], (start + offset).date()
        row = rows.get(key)
        if row is None:
            rows[key] = [start, end, 1, active, session["idleSeconds"]]
            continue
        row[0] = min(row[0], start)
        row[1] = max(row[1], end)
        row[2] += 1
        row[3] += active
        row[4] += session["idleSeconds"]
    return rows


def by_python(house, calendar):
    sessions = json.loads(house.sessions_file.read_text())
    offset = datetime.timedelta(milliseconds=calendar.offset)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        rows = reckon(sessions, offset)
        times.append(time.perf_counter() - start)
    say(f"  Python: {len(sessions):,} sessions to {len(rows):,} rows")
    return median(times)


def month_end(bench, in_turns, milliseconds):
    manager = records.token(records.MANAGER, "super_admin")
    calendar = bench.calendar

    def path(days, by):
        first, last = (calendar.local_date(calendar.today - number * records.DAY) for number in (days, 1))
        return f"/api/work/summary?from={first}&to={last}&by={by}"

    month, year = office(bench, 30, 0), office(bench, 364, OLDER)
    python = by_python(month, calendar)
    with bench.run(month) as short, bench.run(year) as long:
        def asked(server, days, by):
            return bench.gets(server, path(days, by), token=manager)[1]

        many, few = in_turns(lambda: asked(long, 30, "day"), lambda: asked(short, 30, "day"))
        yield Row(f"a month of {PEOPLE} people by day with {OLDER:,} older sessions", milliseconds(many), milliseconds(few),
                  f"{many / few:.2f}", "<= 1.30", many / few <= 1.3, "the same month alone")
        ratio = few / python
        yield Row(f"a month of {PEOPLE} people by day", milliseconds(few), milliseconds(python), f"{ratio:.2f}", "<= 0.10",
                  ratio <= 0.1, "one pass over the same sessions in Python, loaded before")
        months, days = in_turns(lambda: asked(long, 364, "month"), lambda: asked(long, 30, "day"))
        yield Row(f"a year of {PEOPLE} people by month", milliseconds(months), milliseconds(days),
                  f"{months / days:.2f}", "<= 10.00", months / days <= 10, "a month of them by day")
