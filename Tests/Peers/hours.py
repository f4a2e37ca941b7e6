"""Reckons hours from the data files alone, with Python's own time zones and pandas, and compares them with reports.

    hours.py ZONE TIMEOUT FOLDER...

A FOLDER has the data files in `data`, the time (ISO 8601) in `now`, and reports: files that end in `.json`, with the JSON of
`GET /api/work/summary` at that time. It knows of the server only what its contract says: a session that goes on lasts until
now, one that was silent for TIMEOUT seconds until its last heartbeat; seconds are whole, counted from the session's start and
rounded down; idle time is shared in proportion; corrections that were revoked count nothing. Prints every difference, and
ends with 1 when there is one.
"""

import datetime
import json
import pathlib
import sys
import zoneinfo

import pandas

UTC = datetime.timezone.utc
SECOND = datetime.timedelta(seconds=1)


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def written(time):
    if time is None or pandas.isna(time):
        return None
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def start_of(day, zone):
    # What does not exist is read with the offset before the change, which is the change itself (PEP 495).
    return datetime.datetime.combine(day, datetime.time(), zone).astimezone(UTC)


def parts(session, days, now, timeout):
    """The session's parts on each day: (day, start, end or None, active, idle)."""
    start = instant(session["startedAt"])
    live = False
    if session["endedAt"] is not None:
        end = instant(session["endedAt"])
    else:
        last = instant(session["lastHeartbeatAt"])
        live = last >= start and now - last < datetime.timedelta(seconds=timeout)
        end = max(now, last) if live else max(last, start)
    elapsed = (end - start) // SECOND
    idle = int(min(session["idleSeconds"], elapsed))
    for day, first, after in days:
        begin, until = max(start, first), min(end, after)
        active = live and end < after
        if not (begin < until or active and begin == until):
            continue
        low, high = (begin - start) // SECOND, (until - start) // SECOND
        share = idle * high // elapsed - idle * low // elapsed if elapsed else 0
        yield day, begin, None if active else until, high - low, share


def period(day, by, report):
    if by == "day":
        return day.isoformat()
    if by == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    if by == "month":
        return day.isoformat()[:7]
    return report["from"] + "/" + report["to"]


def reckon(folder, zone, now, timeout, report):
    """The rows by (employee in lower case, period), and the totals by employee."""
    first, last = (datetime.date.fromisoformat(report[key]) for key in ("from", "to"))
    dates = [first + datetime.timedelta(days=number) for number in range((last - first).days + 2)]
    starts = [start_of(day, zone) for day in dates]
    days = list(zip(dates, starts, starts[1:]))
    sessions, corrections = [], []
    for number, session in enumerate(json.load(open(folder + "/work_sessions.json"))):
        for day, begin, until, active, idle in parts(session, days, now, timeout):
            sessions.append((session["employeeId"].lower(), period(day, report["by"], report), number, begin, until,
                             until is None, active, idle))
    for correction in json.load(open(folder + "/corrections.json")):
        day = datetime.date.fromisoformat(correction["date"])
        if correction["revokedAt"] is None and first <= day <= last:
            corrections.append((correction["employeeId"].lower(), period(day, report["by"], report),
                                correction["minutes"] * 60))
    work = pandas.DataFrame(sessions, columns=["who", "period", "session", "begin", "until", "live", "active", "idle"])
    more = pandas.DataFrame(corrections, columns=["who", "period", "seconds"])
    return table(work, more, ["who", "period"]), table(work, more, ["who"])


def table(work, more, keys):
    sums = work.groupby(keys).agg(
        first=("begin", "min"), last=("until", "max"), live=("live", "any"), sessions=("session", "nunique"),
        active=("active", "sum"), idle=("idle", "sum"))
    sums = sums.join(more.groupby(keys)["seconds"].sum().rename("correction"), how="outer")
    rows = {}
    for key, row in sums.iterrows():
        worked = not pandas.isna(row["sessions"])
        active, idle = (int(row[name]) if worked else 0 for name in ("active", "idle"))
        correction = 0 if pandas.isna(row["correction"]) else int(row["correction"])
        rows[key] = {
            "firstLogin": written(row["first"]), "lastLogout": None if row["live"] is True else written(row["last"]),
            "sessions": int(row["sessions"]) if worked else 0, "totalActiveSeconds": active, "totalIdleSeconds": idle,
            "netActiveSeconds": active - idle, "correctionSeconds": correction,
            "payableSeconds": active - idle + correction}
    return rows


def differences(report, rows, totals):
    seen = set()
    for employee in report["employees"]:
        who = employee["employeeId"].lower()
        for row in employee["rows"]:
            seen.add((who, row["period"]))
            yield from compared((who, row["period"]), row, rows.get((who, row["period"])))
        yield from compared(who, employee["total"], totals.get(who))
    for key in sorted(set(rows) - seen):
        yield f"{key}: not in the report, but {rows[key]}"


def compared(key, row, expected):
    if expected is None:
        yield f"{key}: in the report, but there is nothing: {row}"
        return
    for name, value in expected.items():
        if row[name] != value:
            yield f"{key} {name}: {row[name]} in the report, {value} reckoned"


def main():
    zone, timeout, *folders = sys.argv[1:]
    found = 0
    for folder in map(pathlib.Path, folders):
        now = instant((folder / "now").read_text())
        for path in sorted(folder.glob("*.json")):
            report = json.load(open(path))
            rows, totals = reckon(str(folder / "data"), zoneinfo.ZoneInfo(zone), now, int(timeout), report)
            for difference in differences(report, rows, totals):
                print(f"{path}: {difference}")
                found += 1
            print(f"{path}: {len(rows)} rows")
    sys.exit(1 if found else 0)


main()
