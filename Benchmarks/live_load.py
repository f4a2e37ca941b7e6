"""The load of the live view rows: employees who send frames, managers who watch, and connections that do nothing.

Spends as little as it can on a frame, because server and load share a machine: the long middle of a frame is sent from a
file in memory and, where it arrives, dropped within the system. Only the head and the last bytes are looked at, which
have the time of the frame, unlike that of any other. Before that, the first frame of each watcher is compared whole.

To try it: live_load.py URL [--tracker] [--seconds 5] [--rate N | --idle N --pid N]
"""

import argparse
import base64
import gc
import itertools
import json
import os
import random
import re
import resource
import select
import socket
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from programs import Failed

IMAGE_BYTES = 60_000
# A payload this long is a frame; everything else that a server says is shorter.
LONG = 10_000
# "2026-01-01T00:00:00.000Z" and what closes the payload after it.
STAMP = 24
TAIL = STAMP + len('"}]')
LONG_HEADER = 10
# A mask that is not zero, so that servers have to take it off; ours puts it on once for all frames.
MASK = bytes((0x5A, 0xC3, 0x17, 0xE8))
# Connections that are made at the same time.
BATCH = 100
PATIENCE = 20


@dataclass
class Report:
    """What a load found."""

    relayed: int
    seconds: float
    # Seconds from the moment when a frame was due to its arrival at a watcher.
    p50: float
    p99: float
    # Frames that did not arrive.
    dropped: int
    # Seconds after which a frame that was due had been sent, the 99th percentile: what the load itself adds to p99.
    late: float
    # Processors that the load itself took, 1.0 being one of them.
    processors: float

    @property
    def rate(self):
        return self.relayed / self.seconds


class Connection:
    """A Socket.IO client over WebSocket, past its CONNECT when `connect_all` has made it."""

    def __init__(self, address, token):
        self.token = token
        self.socket = socket.create_connection(address, timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def fileno(self):
        return self.socket.fileno()

    def ask_for_websocket(self, host):
        self.socket.sendall(
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode())

    def expect_websocket(self):
        while b"\r\n\r\n" not in self.buffer:
            self._receive(4096)
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        if not head.startswith(b"HTTP/1.1 101"):
            raise Failed(f"no WebSocket: {head.splitlines()[0].decode(errors='replace')}")
        self.expect(b"0")

    def send_text(self, text):
        self.socket.sendall(frame(text))

    def expect(self, start):
        """The next payload with this start. Waits for it; skips others and answers pings."""
        while True:
            payload = self._next()
            if payload.startswith(start):
                return payload
            self.answer(payload)

    def answer(self, payload):
        if payload == b"2":
            self.send_text(b"3")
        elif payload[:1] == b"1" or payload[:2] in (b"41", b"44"):
            raise Failed(f"the server ended a connection: {payload[:100]!r}")

    def _next(self):
        while (end := end_of_frame(self.buffer)) is None or len(self.buffer) < end:
            self._receive(1 << 17)
        whole, self.buffer = self.buffer[:end], self.buffer[end:]
        if whole[0] & 0x0F == 8:
            raise Failed(f"the server closed a connection: {whole[2:]!r}")
        return whole[header_length(whole):]

    def _receive(self, count):
        try:
            data = self.socket.recv(count)
        except TimeoutError:
            raise Failed(f"the server said nothing for {PATIENCE} s") from None
        if not data:
            raise Failed("the server closed a connection")
        self.buffer += data

    def read_small(self):
        """Reads what is there, none of which is a frame of live view. For a socket that does not block."""
        try:
            self._receive(1 << 16)
        except BlockingIOError:
            return
        while (end := end_of_frame(self.buffer)) is not None and len(self.buffer) >= end:
            self.answer(self._next())


class Employee(Connection):
    def __init__(self, address, identity, token, image):
        super().__init__(address, token)
        # Room for two frames, so that one is hardly ever taken in parts.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 18)
        self.watchers = []
        self.start = f'42["live_view:frame",{{"employeeId":{json.dumps(identity)},"frameBase64":"'.encode()
        length = len(self.start) + image.length + len('","ts":"') + TAIL
        self.head = frame_header(length) + masked(self.start, 0)
        self.image, self.body = image, image.file_for(len(self.start))
        self.body_end = len(self.head) + image.length
        self.tail_place = len(self.start) + image.length
        self.size = self.body_end + len('","ts":"') + TAIL
        self.waiting = []
        self.position = 0

    def text(self, stamp):
        """The payload that a watcher gets."""
        return self.start + self.image.text + b'","ts":"' + stamp + b'"}]'

    def send(self, stamp):
        """Sends a frame, or as much as the system takes; says whether anything is left for later."""
        self.waiting.append(masked(b'","ts":"' + stamp + b'"}]', self.tail_place))
        return self.flush()

    def flush(self):
        position, head = self.position, len(self.head)
        try:
            while self.waiting:
                if position < head:
                    position += self.socket.send(self.head[position:], socket.MSG_MORE)
                elif position < self.body_end:
                    position += os.sendfile(
                        self.socket.fileno(), self.body, position - head, self.body_end - position)
                else:
                    position += self.socket.send(self.waiting[0][position - self.body_end:])
                    if position == self.size:
                        del self.waiting[0]
                        position = 0
        except BlockingIOError:
            pass
        self.position = position
        return bool(self.waiting)


class Watcher(Connection):
    def __init__(self, address, token, employee):
        super().__init__(address, token)
        self.employee = employee
        # Of the frame that is coming in: how much of its middle, and whether its last bytes are still to come.
        self.middle = 0
        self.within = False
        self.wanted = LONG_HEADER

    def read(self, scratch, arrived):
        """Reads what is there; calls arrived(self, stamp) after the last byte of each frame."""
        connection = self.socket
        try:
            while True:
                if self.middle:
                    # On TCP this flag drops the bytes instead of copying them.
                    count = connection.recv_into(scratch, self.middle, socket.MSG_TRUNC)
                    if count == 0:
                        raise Failed("the server closed a watcher's connection")
                    self.middle -= count
                    if self.middle:
                        return
                asked = self.wanted - len(self.buffer)
                data = connection.recv(asked)
                if not data:
                    raise Failed("the server closed a watcher's connection")
                all_there = len(data) == asked
                self._look_at(self.buffer + data, arrived)
                if not all_there:
                    return
        except BlockingIOError:
            pass

    def _look_at(self, data, arrived):
        if self.within:
            if len(data) < TAIL:
                self.buffer = data
                return
            arrived(self, data[:STAMP])
            self.within = False
            data = data[TAIL:]
        # Never more than the header of a long payload, or the whole of a short one.
        while (end := end_of_frame(data)) is not None:
            if end > LONG:
                self.within, self.middle, self.wanted = True, end - LONG_HEADER - TAIL, TAIL + LONG_HEADER
                self.buffer = b""
                return
            if len(data) < end:
                self.buffer, self.wanted = data, end
                return
            if data[0] & 0x0F == 8:
                raise Failed("the server closed a watcher's connection")
            self.answer(data[header_length(data):end])
            data = data[end:]
        self.buffer, self.wanted = data, LONG_HEADER


class Image:
    """What all frames show: bytes that nobody can compress, as base64, and masked in a file in memory."""

    def __init__(self):
        start = b"\x89PNG\r\n\x1a\n"
        self.text = base64.b64encode(start + random.Random(1).randbytes(IMAGE_BYTES - len(start)))
        self.length = len(self.text)
        self.files = {}

    def file_for(self, place):
        """A descriptor of the text as it is sent at this place of a payload."""
        turn = place % len(MASK)
        if turn not in self.files:
            file = os.memfd_create("frames")
            os.write(file, masked(self.text, turn))
            self.files[turn] = file
        return self.files[turn]

    def close(self):
        for file in self.files.values():
            os.close(file)


def masked(data, place):
    turn = place % len(MASK)
    mask = ((MASK[turn:] + MASK[:turn]) * (len(data) // len(MASK) + 1))[:len(data)]
    return (int.from_bytes(data, "little") ^ int.from_bytes(mask, "little")).to_bytes(len(data), "little")


def frame_header(length):
    if length < 126:
        return bytes((0x81, 0x80 | length)) + MASK
    if length < 1 << 16:
        return b"\x81\xfe" + length.to_bytes(2, "big") + MASK
    return b"\x81\xff" + length.to_bytes(8, "big") + MASK


def frame(payload):
    return frame_header(len(payload)) + masked(payload, 0)


def header_length(data):
    return {126: 4, 127: LONG_HEADER}.get(data[1], 2)


def end_of_frame(data):
    """Where the frame ends that begins here, or nothing when its header is not all there."""
    if len(data) < 2 or len(data) < header_length(data):
        return None
    header = header_length(data)
    return header + (data[1] if header == 2 else int.from_bytes(data[2:header], "big"))


def stamp(number):
    """A time of its own for each number, as ECMAScript writes times."""
    seconds, fraction = divmod(number, 1000)
    return time.strftime("2026-01-01T%H:%M:%S", time.gmtime(seconds)).encode() + b".%03dZ" % fraction


@contextmanager
def network_failures():
    """A connection that breaks is a measurement that means nothing."""
    try:
        yield
    except OSError as error:
        raise Failed(f"a connection failed: {error}") from error


def connect_all(connections, url):
    """The handshake and CONNECT of all, in step: nobody waits for the server alone."""
    host = urlsplit(url).netloc
    for connection in connections:
        connection.ask_for_websocket(host)
    for connection in connections:
        connection.expect_websocket()
        connection.send_text(b"40" + json.dumps({"token": connection.token}).encode())
    for connection in connections:
        connection.expect(b"40")


def address_of(url):
    parts = urlsplit(url)
    return parts.hostname, parts.port


class Stage:
    """Employees and their watchers, connected; the first frame has come through."""

    def __init__(self, url, employees, managers, watchers):
        address = address_of(url)
        self.image = Image()
        self.employees = [Employee(address, identity, token, self.image) for identity, token in employees]
        connect_all(self.employees, url)
        self.watchers = []
        managers = itertools.cycle(managers)
        for identity, employee in zip((identity for identity, _ in employees), self.employees):
            employee.watchers = [Watcher(address, next(managers), employee) for _ in range(watchers)]
            connect_all(employee.watchers, url)
            start = b"42" + json.dumps(["live_view:start", {"employeeId": identity}]).encode()
            for watcher in employee.watchers:
                watcher.send_text(start)
            self.watchers += employee.watchers
        for employee in self.employees:
            employee.expect(b'42["live_view:initiate"')
        # The employee may have been told when the first of its watchers began.
        time.sleep(0.5)
        for employee in self.employees:
            employee.send(stamp(0))
            for watcher in employee.watchers:
                if watcher.expect(b'42["live_view:frame"') != employee.text(stamp(0)):
                    raise Failed("the server changes frames that it relays")
        for connection in self.employees + self.watchers:
            connection.socket.setblocking(False)

    def close(self):
        for connection in self.employees + self.watchers:
            connection.socket.close()
        self.image.close()


def load(url, employees, managers, seconds, rate=None, watchers=3, warm_up=1.0):
    """Relays frames for so many seconds after a warm-up.

    employees: pairs of an id and a token. managers: the tokens of those who watch, in turns.
    rate: frames a second that are to arrive, all watchers together; each is sent when it is due. Without it, an employee
    sends the next frame when all who watch have got the one before, and the server decides how fast that goes.
    """
    with network_failures(), closing(Stage(url, employees, managers, watchers)) as stage:
        gc.collect()
        gc.disable()
        try:
            return (Paced(stage, rate) if rate else Closed(stage)).measure(seconds, warm_up)
        finally:
            gc.enable()


class Run:
    """What both ways have in common: the loop, and what is counted."""

    def __init__(self, stage):
        self.stage = stage
        self.relayed = 0
        self.latencies = []
        self.poll = select.epoll()
        self.readers = {}
        self.scratch = bytearray(1 << 18)
        for watcher in stage.watchers:
            self.readers[watcher.fileno()] = watcher
            self.poll.register(watcher.fileno(), select.EPOLLIN)
        self.senders = {employee.fileno(): employee for employee in stage.employees}
        for number in self.senders:
            self.poll.register(number, select.EPOLLIN)

    def send(self, employee, stamp):
        if employee.send(stamp):
            self.poll.modify(employee.fileno(), select.EPOLLIN | select.EPOLLOUT)

    def turn(self, timeout):
        for number, what in self.poll.poll(timeout):
            watcher = self.readers.get(number)
            if watcher is not None:
                watcher.read(self.scratch, self.arrived)
                continue
            employee = self.senders[number]
            if what & select.EPOLLOUT and not employee.flush():
                self.poll.modify(number, select.EPOLLIN)
            if what & ~select.EPOLLOUT:
                employee.read_small()

    def report(self, relayed, seconds, processors, dropped=0, late=0.0):
        self.poll.close()
        if not self.latencies:
            raise Failed("no frame arrived")
        return Report(relayed, seconds, percentile(self.latencies, 50), percentile(self.latencies, 99), dropped, late,
                      processors / seconds)


class Closed(Run):
    """The next frame when all have got the one before."""

    def __init__(self, stage):
        super().__init__(stage)
        self.number = {employee: 0 for employee in stage.employees}
        self.current, self.sent_at, self.owing = {}, {}, {}

    def next(self, employee):
        self.number[employee] = number = self.number[employee] + 1
        self.current[employee] = moment = stamp(number)
        self.owing[employee] = len(employee.watchers)
        self.sent_at[employee] = time.monotonic()
        self.send(employee, moment)

    def arrived(self, watcher, moment):
        employee = watcher.employee
        if moment != self.current[employee]:
            raise Failed(f"a frame of {moment.decode()} arrived instead of {self.current[employee].decode()}")
        self.relayed += 1
        self.latencies.append(time.monotonic() - self.sent_at[employee])
        self.owing[employee] -= 1
        if self.owing[employee] == 0:
            self.next(employee)

    def measure(self, seconds, warm_up):
        for employee in self.stage.employees:
            self.next(employee)
        self._until(time.monotonic() + warm_up)
        self.relayed, self.latencies = 0, []
        start, before = time.monotonic(), processor_time()
        self._until(start + seconds)
        return self.report(self.relayed, time.monotonic() - start, processor_time() - before)

    def _until(self, end):
        while time.monotonic() < end:
            before = self.relayed
            self.turn(1)
            if self.relayed == before and time.monotonic() > end + PATIENCE:
                raise Failed("frames no longer arrive")


class Paced(Run):
    """Each frame when it is due, whether the ones before have arrived or not."""

    def __init__(self, stage, rate):
        super().__init__(stage)
        employees = stage.employees
        self.period = len(stage.watchers) / rate
        self.step = self.period / len(employees)
        self.place = {employee: place for place, employee in enumerate(employees)}
        self.numbers = {}

    def arrived(self, watcher, moment):
        due = self.start + self.numbers[moment] * self.period + self.place[watcher.employee] * self.step
        if due >= self.counted_from:
            self.latencies.append(time.monotonic() - due)
            self.relayed += 1

    def measure(self, seconds, warm_up):
        employees = self.stage.employees
        # Longer than a period, for all to begin.
        self.start = time.monotonic() + 0.01
        self.counted_from = self.start + warm_up
        end = self.counted_from + seconds
        count, moment, sent, late = 0, None, 0, []
        before = began = None
        while True:
            now = time.monotonic()
            if before is None and now >= self.counted_from:
                before, began = processor_time(), now
            due = self.start + count * self.step
            if due >= end:
                break
            if now < due:
                # Waits to the microsecond, where epoll would to the millisecond.
                select.select([self.poll], [], [], due - now)
                self.turn(0)
                continue
            number, place = divmod(count, len(employees))
            if place == 0:
                moment = stamp(number + 1)
                self.numbers[moment] = number
            self.send(employees[place], moment)
            count += 1
            if due >= self.counted_from:
                sent += len(employees[place].watchers)
                late.append(time.monotonic() - due)
            # What arrives is seen even when this is behind.
            self.turn(0)
        processors, elapsed = processor_time() - before, time.monotonic() - began
        last = time.monotonic() + 2
        while self.relayed < sent and time.monotonic() < last:
            self.turn(0.1)
        return self.report(self.relayed, elapsed, processors, sent - self.relayed, percentile(late, 99))


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[len(ordered) * percent // 100]


def processor_time():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def resident(process):
    """Bytes."""
    return int(re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text()).group(1)) * 1024


def idle_memory(url, tokens, process, count=5000, settle=3.0):
    """Bytes of the process per connection that has said nothing since its CONNECT.

    The first hundred do not count: what a server makes once is there after them. Before the server is started,
    allow_descriptors says that it may have so many.
    """
    allow_descriptors(count + 500)
    connections = []

    def connect(more):
        for place in range(0, more, BATCH):
            batch = [Connection(address_of(url), tokens[(len(connections) + number) % len(tokens)])
                     for number in range(min(BATCH, more - place))]
            connections.extend(batch)
            connect_all(batch, url)
        wait_till_quiet(connections, settle)
        return resident(process)

    try:
        with network_failures():
            before = connect(BATCH)
            return (connect(count) - before) / count
    finally:
        for connection in connections:
            connection.socket.close()


def wait_till_quiet(connections, settle):
    """Returns when nothing has arrived for so many seconds; pings are answered meanwhile."""
    with select.epoll() as poll:
        by_number = {}
        for connection in connections:
            connection.socket.setblocking(False)
            by_number[connection.fileno()] = connection
            poll.register(connection.fileno(), select.EPOLLIN)
        deadline = time.monotonic() + 60
        while events := poll.poll(settle):
            for number, _ in events:
                by_number[number].read_small()
            if time.monotonic() > deadline:
                raise Failed("the server does not come to rest")


def allow_descriptors(count):
    """For this program and those that it starts from now on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        if hard != resource.RLIM_INFINITY and hard < count:
            raise Failed(f"{count} open files are needed, and {hard} allowed: ulimit -Hn")
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("url")
    parser.add_argument("--tracker", action="store_true", help="tokens as a house of records.py has them")
    parser.add_argument("--employees", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=float, help="frames a second at all watchers; as fast as it goes if not said")
    parser.add_argument("--idle", type=int, help="measure so many connections that do nothing")
    parser.add_argument("--pid", type=int, help="the server's, for --idle")
    options = parser.parse_args()
    names = [f"employee-{number:04d}@harbour.example" for number in range(options.employees)]
    managers = ["lena@harbour.example"]
    token = str
    if options.tracker:
        import records
        token, managers = records.token, records.watching_tokens()
    people = [(name, token(name)) for name in names]
    if options.idle:
        size = idle_memory(options.url, [token for _, token in people], options.pid, options.idle)
        print(f"{size / 1000:.1f} KB per idle connection")
        return
    report = load(options.url, people, managers, options.seconds, options.rate)
    print(f"{report.rate:,.0f} frames/s relayed, p50 {report.p50 * 1000:.2f} ms, p99 {report.p99 * 1000:.2f} ms, "
          f"{report.dropped} dropped, sent {report.late * 1000:.2f} ms late; "
          f"the load took {report.processors:.2f} processors, {report.processors / report.rate * 1e6:.1f} us per frame")


if __name__ == "__main__":
    main()
