"""The server's speed and size against their targets: prints a table, and ends with 1 when a row misses its target.

make bench, or: python3 Benchmarks/bench.py [--only heartbeats,start] [--server PATH]

What is compared takes turns, three times each, and the medians count. Everything lies in .build/bench, on a real disk,
and is removed afterwards.
"""

import argparse
import json
import os
import shutil
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import followers
import live_load
import programs
import records
from encrypted import encrypted_rows
from programs import Failed
from proxy import proxy
from report import Row, print_table, say
from reports import month_end
from strangers import strangers
from thumbnails import thumbnails
from web import web_rows

REPOSITORY = Path(__file__).resolve().parent.parent
ROUNDS = 3
# What metrics cost is less than one measurement differs from the next.
METRICS_ROUNDS = 16
UPLOAD_MEGABYTES = 0.2
# Of the capture that is looked at.
CAPTURE_BYTES = 100_000
LIVE_EMPLOYEES = 50
WATCHERS = 3
IDLE_CONNECTIONS = 5000
FOLLOWERS = 50


def in_turns(*measures):
    """The median of each, measured in turns: A B A B A B."""
    results = [[measure() for measure in measures] for _ in range(ROUNDS)]
    say("  in turns: " + "; ".join(" and ".join(f"{value:.4g}" for value in turn) for turn in results))
    return [median(column) for column in zip(*results)]


def milliseconds(seconds):
    return f"{seconds * 1000:.2f} ms"


class Bench:
    """What the rows share: options, the folder, and houses that are written once."""

    def __init__(self, options, folder):
        self.server, self.seconds, self.folder = options.server, options.seconds, folder
        self.many = options.records
        self.employees = min(1000, max(IDLE_CONNECTIONS // 10, self.many // 10))
        self.calendar = records.Calendar()
        self.versions = programs.versions()
        self.houses = {}
        self.uploads = 0
        self.evenings = 0

    def house(self, sessions, uploads):
        key = (sessions, uploads)
        if key not in self.houses:
            house = records.House(
                self.folder / f"house-{sessions}-{uploads}", self.calendar, sessions, uploads, self.employees)
            start = time.monotonic()
            house.write()
            say(f"{sessions:,} sessions and {uploads:,} index records written in {time.monotonic() - start:.1f} s")
            self.houses[key] = house
        return self.houses[key]

    @property
    def large(self):
        return self.house(self.many, self.many)

    def run(self, house, **settings):
        return programs.server(self.server, house, self.folder, **settings)

    def beats(self, server, house, connections):
        """Durable heartbeats a second, and their median latency."""
        return programs.load("heartbeat.lua", server.url, connections, self.seconds,
                             TOKENS="\n".join(house.tokens(connections)))

    def spans(self, server, house):
        """Spans of work of six days ago a second, which nobody has told before, and their median latency."""
        start = self.calendar.today - 6 * records.DAY + 20 * records.HOUR + self.evenings % 8 * records.HOUR // 2
        self.evenings += 1
        return programs.load("spans.lua", server.url, 1, self.seconds,
                             TOKENS="\n".join(house.tokens(house.working)), START=str(start // 1000))

    def gets(self, server, path, connections=1, token=None):
        return programs.load("get.lua", server.url + path, connections, self.seconds, TOKENS=token or "")


# Each makes the rows of one name.

def heartbeats(bench):
    house = bench.house(100, 100)
    with bench.run(house) as server:
        beats, health = in_turns(
            lambda: bench.beats(server, house, 64)[0], lambda: bench.gets(server, "/health", 64)[0])
    ratio = beats / health
    yield Row("durable heartbeats, 64 connections", f"{beats:,.0f}/s", f"{health:,.0f}/s", f"{ratio:.2f}", ">= 0.60",
              ratio >= 0.6, f"GET /health of the same server; {bench.versions['wrk']}")


def metrics(bench):
    """Of requests that do nothing else, so that counting shows."""
    with bench.run(bench.house(100, 100)) as counting, bench.run(bench.house(101, 101), METRICS="0") as silent:
        turns = []
        for number in range(METRICS_ROUNDS):
            # Whoever comes second finds another machine than the first: each does so half of the times.
            order = [counting, silent] if number % 2 == 0 else [silent, counting]
            rates = {server: bench.gets(server, "/health", 64)[0] for server in order}
            turns.append((rates[counting], rates[silent]))
    say("  in turns: " + ", ".join(f"{counted / uncounted:.2f}" for counted, uncounted in turns))
    ratio = median(counted / uncounted for counted, uncounted in turns)
    counted, uncounted = (median(column) for column in zip(*turns))
    yield Row("GET /health with metrics, 64 connections", f"{counted:,.0f}/s", f"{uncounted:,.0f}/s", f"{ratio:.2f}",
              ">= 0.97", ratio >= 0.97, f"the same with METRICS=0; {bench.versions['wrk']}")


def events(bench):
    house = bench.house(100, 100)
    manager = records.token(records.MANAGER, "super_admin")
    with bench.run(house) as server:
        def alone():
            with followers.changes(server.url, manager, house.email(0)):
                return bench.beats(server, house, 64)[0]

        def followed():
            with followers.followers(server.url, manager, FOLLOWERS) as heard:
                with followers.changes(server.url, manager, house.email(0)) as made:
                    rate = bench.beats(server, house, 64)[0]
                heard_of = heard()
                if heard_of < max(1, made() * 0.9):
                    raise Failed(f"the readers of events hear of {heard_of} of {made()} changes")
                return rate

        many, none = in_turns(followed, alone)
    yield Row(f"durable heartbeats, {FOLLOWERS} readers of events", f"{many:,.0f}/s", f"{none:,.0f}/s",
              f"{many / none:.2f}", ">= 0.90", many / none >= 0.9,
              f"nobody reads; up to {followers.CHANGES_A_SECOND} events a second in both; {bench.versions['wrk']}")


def past(bench):
    small, large = bench.house(100, 100), bench.large
    with bench.run(small) as short, bench.run(large) as long:
        for connections in (1, 64):
            many, few = in_turns(
                lambda: bench.beats(long, large, connections)[1], lambda: bench.beats(short, small, connections)[1])
            yield latency_row(bench, f"heartbeat p50 with {bench.many:,} past sessions, {connections} "
                              + ("connection" if connections == 1 else "connections"),
                              many, few, 1.2, "100 past sessions")
        many, few = in_turns(lambda: bench.spans(long, large)[1], lambda: bench.spans(short, small)[1])
        yield latency_row(bench, f"span of six days ago p50 with {bench.many:,} past sessions", many, few, 1.2,
                          "100 past sessions")


def queries(bench):
    manager = records.token(records.MANAGER, "super_admin")
    small, large = bench.house(1000, 1000), bench.large
    with bench.run(small) as short, bench.run(large) as long:
        for path in ("/api/uploads/list", "/api/work/summary/today", "/api/activity/recent"):
            many, few = in_turns(
                lambda: bench.gets(long, path, token=manager)[1], lambda: bench.gets(short, path, token=manager)[1])
            yield latency_row(bench, f"GET {path} p50", many, few, 1.5, "1,000 sessions and records")


def latency_row(bench, name, many, few, target, against):
    return Row(name, milliseconds(many), milliseconds(few), f"{many / few:.2f}", f"<= {target:.2f}",
               many / few <= target, f"the same server with {against}; {bench.versions['wrk']}")


def start(bench):
    house = bench.large
    files = (house.sessions_file, house.index_file)

    def measured():
        programs.warm(files)
        with bench.run(house) as server:
            return server.start_seconds

    def compared():
        programs.warm(files)
        return programs.time_parse(files)

    started, parsed = in_turns(measured, compared)
    ratio = started / parsed
    yield Row(f"start with {bench.many:,} sessions and index records", f"{started:.2f} s", f"{parsed:.2f} s",
              f"{ratio:.2f}", "<= 0.50, < 4 s", ratio <= 0.5 and started < 4,
              f"cat and JSON.parse of both files; {bench.versions['node']}")


def memory(bench):
    manager = records.token(records.MANAGER, "super_admin")
    house = bench.large
    with bench.run(house) as server:
        _, at_start = server.memory()
        bench.beats(server, house, 1)
        bench.beats(server, house, 64)
        for path in ("/api/uploads/list", "/api/work/summary/today", "/api/activity/recent"):
            bench.gets(server, path, token=manager)
        peak, now = server.memory()
    yield Row(f"memory with {bench.many:,} sessions and index records", f"peak {peak:,.0f} MB",
              f"{at_start:,.0f} MB at start, {now:,.0f} MB after", f"{peak / 600:.2f}", "<= 600 MB", peak <= 600,
              "VmHWM and VmRSS of the server")


def uploads(bench):
    house = bench.house(100, 100)

    def rate(script, url, tokens=""):
        programs.empty(house.uploads)
        bench.uploads += 1
        return UPLOAD_MEGABYTES * programs.load(
            script, url, 64, bench.seconds, TOKENS=tokens, RUN=str(os.getpid() * 100 + bench.uploads))[0]

    with bench.run(house) as server, \
            programs.nginx(bench.folder / "nginx", "nginx.conf", ROOT=house.uploads) as peer:
        stored, put = in_turns(lambda: rate("upload.lua", server.url, "\n".join(house.tokens(64))),
                               lambda: rate("put.lua", peer))
    yield Row("durable uploads of 200 kB, 64 connections", f"{stored:,.0f} MB/s", f"{put:,.0f} MB/s",
              f"{stored / put:.2f}", ">= 0.70", stored / put >= 0.7,
              f"WebDAV PUT of {bench.versions['nginx']} into the same folder; {bench.versions['wrk']}")


def looks(bench):
    """A manager's views of a capture, each a line of the audit, against those of its own by the employee, which are none."""
    house = bench.house(100, 100)
    record = json.loads(house.index_file.read_text())[-1]
    image = house.folder / record["file"]
    image.parent.mkdir(exist_ok=True)
    image.write_bytes(b"\x89PNG\r\n\x1a\n" + os.urandom(CAPTURE_BYTES))
    with bench.run(house) as server:
        def rate(token):
            return bench.gets(server, "/" + record["file"], 64, token)[0]

        manager, own = records.token(records.MANAGER, "super_admin"), records.token(record["employeeId"])
        seen, unseen = in_turns(lambda: rate(manager), lambda: rate(own))
    yield Row("views of a capture by a manager, 64 connections", f"{seen:,.0f}/s", f"{unseen:,.0f}/s",
              f"{seen / unseen:.2f}", ">= 0.70", seen / unseen >= 0.7,
              f"the same by the employee, without the audit; {bench.versions['wrk']}")


def relay(bench):
    house = bench.house(100, 100)
    emails = [house.email(number) for number in range(LIVE_EMPLOYEES)]
    managers = records.watching_tokens()
    tokens = list(zip(emails, house.tokens(LIVE_EMPLOYEES)))
    names = [(email, email) for email in emails]
    against = f"the same relay by {bench.versions['socketio']} on uvicorn, uvloop"

    with bench.run(house) as server, programs.relay_peer(programs.PYTHON) as peer:
        def ours(rate=None):
            return live_load.load(server.url, tokens, managers, bench.seconds, rate, WATCHERS)

        def theirs(rate=None):
            return live_load.load(peer, names, [records.MANAGER], bench.seconds, rate, WATCHERS)

        relayed, peers = in_turns(lambda: ours().rate, lambda: theirs().rate)
        yield Row(f"frames of 60 KB relayed, {LIVE_EMPLOYEES} employees, {WATCHERS} watchers each", f"{relayed:,.0f}/s",
                  f"{peers:,.0f}/s", f"{relayed / peers:.2f}", ">= 5.00", relayed / peers >= 5, against)

        rate = peers / 2
        late, peers_late = in_turns(lambda: p99(ours(rate)), lambda: p99(theirs(rate)))
        yield Row(f"frame from emit to arrival p99, {rate:,.0f}/s", milliseconds(late), milliseconds(peers_late),
                  f"{late / peers_late:.2f}", "<= 1.00", late <= peers_late, against)


def p99(report):
    """A frame that is dropped is never late; at this rate there is no reason to drop one."""
    if report.dropped:
        raise Failed(f"{report.dropped} of {report.relayed + report.dropped} frames did not arrive")
    return report.p99


def connections(bench):
    house = bench.house(100, 100)
    # Before the server starts, which has the same limit.
    live_load.allow_descriptors(IDLE_CONNECTIONS + 1000)
    with bench.run(house) as server:
        size = live_load.idle_memory(
            server.url, house.tokens(bench.employees), server.process.pid, IDLE_CONNECTIONS)
    yield Row(f"memory per idle WebSocket connection, {IDLE_CONNECTIONS:,} of them", f"{size / 1000:.1f} KB", "",
              f"{size / 25_000:.2f}", "<= 25 KB", size <= 25_000, "VmRSS of the server")


def reports(bench):
    yield from month_end(bench, in_turns, milliseconds)


def web(bench):
    yield from web_rows(bench)


def encrypted(bench):
    yield from encrypted_rows(bench, in_turns)


def downscale(bench):
    halving, copying = programs.downscale(bench.server.parent / "DownscaleBenchmark")
    yield Row("1920x1080 made 960x540", f"{halving:.2f} ms", f"{copying:.2f} ms", f"{halving / copying:.2f}", "<= 2.50",
              halving / copying <= 2.5, "one memcpy of the source")


ROWS = {row.__name__: row for row in (
    heartbeats, events, metrics, past, queries, reports, start, memory, uploads, encrypted, looks, relay, connections,
    strangers, proxy, downscale, thumbnails, web)}


def make_folder():
    """A new folder below .build/bench, which must not be in memory: durable would mean nothing there."""
    parent = REPOSITORY / ".build" / "bench"
    parent.mkdir(parents=True, exist_ok=True)
    system = programs.run("stat", "-f", "-c", "%T", str(parent)).strip()
    if system in ("tmpfs", "ramfs"):
        sys.exit(f"bench: {parent} is on {system}; the benchmarks need a disk")
    folder = parent / str(os.getpid())
    folder.mkdir()
    return folder


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--only", default=",".join(ROWS), help=f"rows, separated by commas, of {', '.join(ROWS)}")
    parser.add_argument("--server", default=REPOSITORY / ".build/release/TrackerServer", type=Path)
    parser.add_argument("--keep", action="store_true", help="leave the folder with all data")
    parser.add_argument("--records", default=1_000_000, type=int, help="for trying out: other than 1,000,000")
    parser.add_argument("--seconds", default=5, type=int, help="of each measurement")
    options = parser.parse_args()
    options.only = options.only.split(",")
    unknown = [name for name in options.only if name not in ROWS]
    if unknown:
        parser.error(f"there are no rows {', '.join(unknown)}; there are {', '.join(ROWS)}")
    if not options.server.exists():
        parser.error(f"{options.server} does not exist; make bench builds it")
    options.server = options.server.resolve()
    return options


def main():
    options = parse_options()
    folder = make_folder()
    rows = []
    with ExitStack() as cleanup:
        if options.keep:
            say(f"everything stays in {folder}")
        else:
            cleanup.callback(shutil.rmtree, folder)
        bench = Bench(options, folder)
        for name in options.only:
            say(f"measuring {name}")
            try:
                for row in ROWS[name](bench):
                    rows.append(row)
                    say("  " + ", ".join(filter(None, row.cells())))
            except Failed as failure:
                say(f"  {failure}")
                rows.append(Row(name, "failed", "", "", "", False, str(failure).split("\n")[0][:80]))
    print_table([Row.HEAD] + [row.cells() for row in rows])
    sys.exit(0 if all(row.passed for row in rows) else 1)


if __name__ == "__main__":
    main()
