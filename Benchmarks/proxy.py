"""Live view as a browser gets it behind nginx with its defaults, against the server itself.

An employee's stand-in sends a picture as soon as somebody watches, and another one when nothing has been on its way for a
while. What counts is when the last byte of each has arrived: a proxy that gathers bytes holds the end of a picture back.
"""

import json
import random
import socket
import struct
import time
import zlib
from http.client import HTTPResponse
from statistics import median
from urllib.parse import quote, urlsplit
from contextlib import closing

import live_load
import programs
import records
from programs import Failed
from report import Row, say

ROUNDS = 9
# A picture that has not come by then counts as if it had.
LONGEST = 10
PAUSE = 0.3


def picture(number):
    """A PNG of some 60 KB that nobody can compress, unlike that of any other number."""
    side = 141
    dice = random.Random(number)
    rows = b"".join(b"\0" + dice.randbytes(3 * side) for _ in range(side))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class StandIn(live_load.Connection):
    """An employee whose screen shows a new picture each time."""

    def __init__(self, url, identity, token):
        super().__init__(live_load.address_of(url), token)
        self.identity, self.number = identity, 0
        live_load.connect_all([self], url)

    def close(self):
        self.socket.close()

    def show(self):
        """Sends a picture; returns it."""
        self.number += 1
        image = picture(self.number)
        self.send_text(b"42" + json.dumps(["live_view:frame", {
            "employeeId": self.identity, "frameBase64": live_load.base64.b64encode(image).decode(),
            "ts": live_load.stamp(self.number).decode()}]).encode())
        return image


class Stream:
    """What somebody who watches gets, from the first byte of the request on."""

    def __init__(self, url, identity, token):
        self.connection = socket.create_connection(live_load.address_of(url), timeout=LONGEST)
        self.connection.sendall((
            f"GET /api/live/{quote(identity)}/stream HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\n"
            f"Authorization: Bearer {token}\r\n\r\n").encode())
        self.answer = None
        self.data = b""

    def close(self):
        if self.answer is not None:
            self.answer.close()
        self.connection.close()

    def seconds_until(self, image, start):
        """From `start` until all of the picture is here."""
        try:
            if self.answer is None:
                self.answer = HTTPResponse(self.connection)
                self.answer.begin()
                if self.answer.status != 200:
                    raise Failed(f"the stream is answered with {self.answer.status}")
            while image not in self.data:
                data = self.answer.read1(1 << 16)
                if not data:
                    raise Failed("the stream ends")
                self.data = self.data[-len(image):] + data
        except TimeoutError:
            return LONGEST
        return time.monotonic() - start


def watch(url, employee, manager):
    """Seconds until the first picture, and until a change."""
    start = time.monotonic()
    with closing(Stream(url, employee.identity, manager)) as stream:
        employee.expect(b'42["live_view:initiate"')
        first = stream.seconds_until(employee.show(), start)
        if first == LONGEST:
            change = LONGEST
        else:
            time.sleep(PAUSE)
            start = time.monotonic()
            change = stream.seconds_until(employee.show(), start)
    employee.expect(b'42["live_view:terminate"')
    return first, change


def proxy(bench):
    house = bench.house(100, 100)
    manager = records.token(records.MANAGER, "super_admin")
    with bench.run(house) as server, live_load.network_failures(), \
            programs.nginx(bench.folder / "proxy", "proxy.conf", SERVER=server.url) as front, \
            closing(StandIn(server.url, house.email(0), house.tokens(1)[0])) as employee:
        for url in (front, server.url):
            watch(url, employee, manager)
        turns = []
        while len(turns) < ROUNDS:
            turns.append((watch(front, employee, manager), watch(server.url, employee, manager)))
            # Nothing is learned from waiting for it again.
            if LONGEST in turns[-1][0]:
                break
    for place, name in enumerate(("first picture", "change")):
        behind, direct = (median(turn[side][place] for turn in turns) for side in (0, 1))
        say(f"  {name} in turns: " + "; ".join(
            f"{1000 * turn[0][place]:.2f} and {1000 * turn[1][place]:.2f} ms" for turn in turns))
        yield Row(f"live view's {name} behind nginx", f"{behind * 1000:.2f} ms", f"{direct * 1000:.2f} ms",
                  f"{behind / direct:.2f}", "<= 3.00", behind <= 3 * direct,
                  f"without it; {bench.versions['nginx']}, default buffering")
