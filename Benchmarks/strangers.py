"""What those who work notice of strangers who harm the server, and what is left of them afterwards.

Health checks and heartbeats are due at fixed times, and their delays are counted from then, whether the ones before were
answered or not. The same strangers (crowd.py) are there in both cases: in one they turn to the server, in the other to a
listener that takes everything and says nothing. So the processors that they take themselves, which strangers on other
machines would not, do not count.
"""

import gc
import json
import os
import re
import select
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import records
from programs import HERE, Failed
from report import Row, say

KINDS = {
    "fragments": "4 WebSockets with empty fragments without end",
    "connects": "1,000 connects and closes a second",
    "handshakes": "1,000 polling handshakes a second",
    "readers": "300 readers that do not read",
    "bodies": "500 bodies of a byte a second",
    "logins": "200 logins a second",
    "silent": "1,000 silent WebSockets",
}
ROUNDS = 5
# Of each a second.
RATE = 100
EMPLOYEES = 8
HEALTH_LINES = 4
WARM_UP = 0.5
# What is not answered so long after the end counts as answered then.
PATIENCE = 3
# Descriptors of the server that may be more than before: those of its own files come and go.
SPARE_DESCRIPTORS = 4
RECOVERY = 20
# Logins of the administrator that are timed beside those of the strangers.
ADMINISTRATORS_LOGINS = 5
# Seconds in which strangers do nothing, though they should; more, and they were not what the row says.
LATEST = 0.5


class Line:
    """One client's requests over one connection, each sent when the one before is answered."""

    def __init__(self, probe, kind, request):
        self.probe, self.kind, self.request = probe, kind, request
        self.waiting = []
        self.connection = None
        self.buffer = b""

    def due(self, moment):
        self.waiting.append(moment)
        if len(self.waiting) == 1:
            self.send()

    def send(self):
        if self.connection is None:
            self.connection = self.probe.connect(self)
        else:
            self.connection.sendall(self.request)

    def ready(self, what):
        if what & select.EPOLLOUT:
            self.probe.poll.modify(self.connection.fileno(), select.EPOLLIN)
            return self.connection.sendall(self.request)
        try:
            data = self.connection.recv(65536)
        except BlockingIOError:
            return
        if not data:
            raise Failed(f"the server ended the connection of {self.kind}")
        self.buffer += data
        if (end := end_of_answer(self.buffer)) is None:
            return
        self.probe.answered(self, self.waiting.pop(0), self.buffer)
        self.buffer = self.buffer[end:]
        self.next()

    def next(self):
        if self.waiting:
            self.send()

    def close(self):
        if self.connection is not None:
            self.probe.disconnect(self.connection)
            self.connection = None


class FreshLine(Line):
    """Each request over a connection of its own."""

    def next(self):
        self.close()
        super().next()


def end_of_answer(data):
    """Where the answer ends that begins here; nothing when it is not all there."""
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return None
    length = re.search(rb"\r\ncontent-length: *(\d+)", data[:head], re.IGNORECASE)
    end = head + 4 + (int(length.group(1)) if length else 0)
    return end if len(data) >= end else None


class Probe:
    """The clients that are measured."""

    def __init__(self, url, tokens):
        parts = urlsplit(url)
        self.address = (parts.hostname, parts.port)
        self.poll = select.epoll()
        self.lines = {}
        health = f"GET /health HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode()
        self.groups = {
            "health": [(FreshLine if number % 2 else Line)(self, "health", health) for number in range(HEALTH_LINES)],
            "heartbeats": [Line(self, "heartbeats", beat(parts.netloc, token)) for token in tokens],
        }

    def connect(self, line):
        """One that is on its way; when it can be written to, it is there."""
        connection = socket.socket()
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect_ex(self.address)
        self.lines[connection.fileno()] = line
        self.poll.register(connection.fileno(), select.EPOLLOUT)
        return connection

    def disconnect(self, connection):
        del self.lines[connection.fileno()]
        connection.close()

    def answered(self, line, due, answer):
        if not answer.startswith(b"HTTP/1.1 200"):
            raise Failed(f"an answer to {line.kind}: {answer[:200].decode(errors='replace')}")
        if due >= self.counted_from:
            self.delays[line.kind].append(time.monotonic() - due)

    def measure(self, seconds):
        """The 99th percentile of the delays of each group, in seconds."""
        self.delays = {kind: [] for kind in self.groups}
        start = time.monotonic() + 0.01
        self.counted_from = start + WARM_UP
        end, step, count = self.counted_from + seconds, 0.5 / RATE, 0
        gc.collect()
        gc.disable()
        try:
            while (due := start + count * step) < end:
                now = time.monotonic()
                if now < due:
                    # Waits to the microsecond, where epoll would to the millisecond.
                    select.select([self.poll], [], [], due - now)
                else:
                    number, place = divmod(count, 2)
                    lines = self.groups["heartbeats" if place else "health"]
                    lines[number % len(lines)].due(due)
                    count += 1
                self.turn(0)
            while self.owed() and time.monotonic() < end + PATIENCE:
                self.turn(0.1)
        except OSError as error:
            raise Failed(f"a connection failed: {error}") from error
        finally:
            gc.enable()
            self.poll.close()
            late = time.monotonic()
            for line in self.owed():
                self.delays[line.kind] += [late - due for due in line.waiting if due >= self.counted_from]
            for line in list(self.lines.values()):
                line.close()
        return {kind: percentile(delays, 99) for kind, delays in self.delays.items()}

    def turn(self, timeout):
        for number, what in self.poll.poll(timeout):
            self.lines[number].ready(what)

    def owed(self):
        return [line for lines in self.groups.values() for line in lines if line.waiting]


def beat(host, token):
    body = b'{"idleDeltaSeconds":0}'
    return (
        f"POST /api/work/heartbeat HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[len(ordered) * percent // 100]


class Program:
    """crowd.py in one of its roles, until its standard input ends."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, HERE / "crowd.py", *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        self.first = self.process.stdout.readline().strip()
        if not self.first:
            raise Failed(f"crowd.py {arguments[0]} does not start")

    def end(self):
        output, _ = self.process.communicate(timeout=30)
        return output


@contextmanager
def nobody():
    program = Program("nobody")
    try:
        yield f"http://127.0.0.1:{program.first}"
    finally:
        program.end()


@contextmanager
def crowd_at(kind, url, token, reports):
    """These strangers turn to the program of that URL."""
    parts = urlsplit(url)
    program = Program(kind, parts.hostname, parts.port, "--token", token)
    try:
        yield
    finally:
        report = re.search(r"^REPORT (.*)$", program.end(), re.MULTILINE)
    if not report:
        raise Failed("the strangers report nothing")
    report = json.loads(report.group(1))
    reports.append(report)
    if report["late"] > LATEST:
        raise Failed(f"the strangers could not keep up: they did nothing for {report['late']:.1f} s")


class Watched:
    """What the system says of the server's process."""

    def __init__(self, server):
        self.server = server
        self.folder = Path(f"/proc/{server.process.pid}")

    def descriptors(self):
        return len(list((self.folder / "fd").iterdir()))

    def resident(self):
        """Megabytes."""
        return self.server.memory()[1]

    def processor_time(self):
        """Seconds."""
        fields = (self.folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def recovers(self, descriptors):
        """Seconds until it has no more descriptors than that, and hardly anything to do; nothing when it takes too long."""
        start = time.monotonic()
        while (waited := time.monotonic() - start) < RECOVERY:
            before = self.processor_time()
            time.sleep(0.2)
            if self.descriptors() <= descriptors and self.processor_time() - before < 0.1:
                return waited
        return None


def strangers(bench):
    house = bench.house(1000, 1000)
    for kind, name in KINDS.items():
        try:
            yield from beside(kind, name, bench, house)
        except Failed as failure:
            say(f"  {failure}")
            yield Row(f"beside {name}", "failed", "", "", "", False, str(failure).split("\n")[0][:80])


def beside(kind, name, bench, house):
    """The rows of one kind of strangers, at a server of their own."""
    tokens, manager = house.tokens(EMPLOYEES), records.token(records.MANAGER, "super_admin")
    turns, reports, idle = [], [], []
    with bench.run(house) as running, nobody() as listener:
        server = Watched(running)

        def measure(url, reports):
            with crowd_at(kind, url, manager, reports):
                return Probe(running.url, tokens).measure(bench.seconds)

        # For what a server makes once.
        Probe(running.url, tokens).measure(1)
        time.sleep(1)
        before, resident, most = server.descriptors(), server.resident(), 0
        waits = []
        # A server that does not come back has no more turns: what it does without strangers would be said too slow.
        while len(turns) < ROUNDS and None not in waits:
            without = measure(listener, idle)
            turns.append((measure(running.url, reports), without))
            most = max(most, server.descriptors())
            waits.append(server.recovers(before + SPARE_DESCRIPTORS))
        after, kept = server.descriptors(), server.resident()
        logins = administrators_logins(running.url, manager) if kind == "logins" else None
    say(f"  at the server {total(reports)}; at nobody {total(idle)}")
    for what in ("health", "heartbeats"):
        pairs = [(here[what], there[what]) for here, there in turns]
        say(f"  {what} in turns: " + "; ".join(f"{1000 * here:.2f} and {1000 * there:.2f} ms" for here, there in pairs))
        here, there = (median(column) for column in zip(*pairs))
        yield Row(f"{what} p99 beside {name}", f"{here * 1000:.2f} ms", f"{there * 1000:.2f} ms", f"{here / there:.2f}",
                  "<= 3.00", here <= 3 * there, "the same strangers at a listener that says nothing")
    if logins:
        alone, beside = logins
        yield Row(f"administrator's login beside {name}", f"{beside * 1000:.0f} ms", f"{alone * 1000:.0f} ms",
                  f"{beside / alone:.2f}", "<= 5.00", beside <= 5 * alone, "one alone: a hash")
    back = f"in {max(waits):.1f} s" if None not in waits else f"not in {RECOVERY} s"
    yield Row(f"descriptors after {name}", f"{after}", f"{before}", f"{after - before:+d}", f"<= +{SPARE_DESCRIPTORS}",
              after <= before + SPARE_DESCRIPTORS and None not in waits, f"before them; up to {most}, at rest {back}")
    yield Row(f"memory after {name}", f"{kept:.0f} MB", f"{resident:.0f} MB", f"{kept / resident:.2f}", "<= 2.00",
              kept <= 2 * resident, "VmRSS before them")


def administrators_logins(url, token):
    """Seconds that the median of some logins of the administrator takes, alone and beside the strangers."""
    def login():
        body = json.dumps({"email": records.MANAGER, "password": records.PASSWORD}).encode()
        request = urllib.request.Request(f"{url}/api/auth/login", body, {"Content-Type": "application/json"})
        start = time.monotonic()
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
        return time.monotonic() - start

    alone = median(login() for _ in range(ADMINISTRATORS_LOGINS))
    with crowd_at("logins", url, token, []):
        time.sleep(2)
        return alone, median(login() for _ in range(ADMINISTRATORS_LOGINS))


def total(reports):
    """What the strangers did in all turns, and the processors that they took."""
    sums = {key: sum(report[key] for report in reports) for key in ("tried", "connected", "cut", "answered", "sent")}
    return ", ".join(f"{value:,} {key}" for key, value in sums.items()) + \
        f", {median(report['processors'] for report in reports):.2f} processors"
