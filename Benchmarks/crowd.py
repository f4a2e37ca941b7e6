"""Strangers who harm a server, each kind at a rate of its own, from another address than those who are measured.

crowd.py KIND HOST PORT [--token T]     one of KINDS; prints `ready`, goes on until its standard input ends or 60 s are
                                        over, and reports what it did
crowd.py nobody                         a listener for the same strangers that takes everything and says nothing; prints
                                        its port

Spends little: all bytes are made before, and what arrives is dropped within the system. What is due is done in steps of
some milliseconds, and made up for when a step comes late.
"""

import argparse
import errno
import json
import os
import resource
import select
import socket
import sys
import time

ADDRESS = "127.0.0.2"
STEP = 0.004
LONGEST = 60
# The employees who log in, and their password, as records.py makes them.
EMPLOYEES = [f"employee-{number:04d}@harbour.example" for number in range(200)]
PASSWORD = "a password of the benchmarks"
# Linux: the port is chosen when the connection is made, so that one port serves several servers.
IP_BIND_ADDRESS_NO_PORT = 24


def begin_connection(address, room=None):
    """A connection that is on its way; on one machine it is there at once, if the server has room in its queue."""
    connection = socket.socket()
    try:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
        if room:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        connection.bind((ADDRESS, 0))
        connection.connect_ex(address)
        return connection
    except OSError:
        connection.close()
        raise


def is_connected(connection):
    try:
        connection.getpeername()
        return True
    except OSError:
        return False


class Crowd:
    """Counts what it does, for the report."""

    # What it does a second.
    rate = 0

    def __init__(self, address, token):
        self.address, self.token = address, token
        self.poll = select.epoll()
        self.count = dict(tried=0, connected=0, cut=0, sent=0, answered=0, late=0.0)

    def begin(self):
        """Before anything is measured."""

    def step(self, due):
        """Does so many of what it does."""

    def ready(self, number, what):
        """Something happened to a descriptor of `poll`."""

    def end(self):
        pass

    def run(self):
        self.begin()
        print("ready", flush=True)
        self.poll.register(sys.stdin.fileno(), select.EPOLLIN | select.EPOLLHUP)
        start, before, done, last = time.monotonic(), processor_time(), 0, 0
        while (elapsed := time.monotonic() - start) < LONGEST:
            self.count["late"] = max(self.count["late"], elapsed - last)
            last = elapsed
            due = int(elapsed * self.rate)
            if due > done or not self.rate:
                self.step(due - done)
                done = due
            rest = max(0.001, STEP - (time.monotonic() - start - elapsed))
            for number, what in self.poll.poll(rest):
                if number == sys.stdin.fileno():
                    return self.report(time.monotonic() - start, processor_time() - before)
                self.ready(number, what)
        return self.report(time.monotonic() - start, processor_time() - before)

    def report(self, seconds, processors):
        self.end()
        return {"seconds": seconds, "processors": processors / seconds, **self.count}


class Connects(Crowd):
    """Connections that are opened, and closed without a word."""

    rate = 1000

    def __init__(self, address, token):
        super().__init__(address, token)
        self.open = []

    def step(self, due):
        self.end()
        for _ in range(due):
            self.count["tried"] += 1
            try:
                self.open.append(begin_connection(self.address))
            except OSError as error:
                # No port is free: the last ones are still being closed.
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EADDRINUSE):
                    raise

    def end(self):
        for connection in self.open:
            self.count["connected"] += is_connected(connection)
            connection.close()
        self.open.clear()


class Regulars(Crowd):
    """Some connections that stay as long as they may, and come back when they are cut off."""

    size = 0
    # New connections a second, at most, of those who were cut off.
    returns = 20
    interest = select.EPOLLIN | select.EPOLLRDHUP
    room = None

    def __init__(self, address, token):
        super().__init__(address, token)
        self.members, self.missing, self.may_return = {}, 0, 0.0
        self.last = time.monotonic()
        self.scratch = bytearray(1 << 16)

    def begin(self):
        # In portions, so that the server's queue of new connections has room for them.
        for _ in range(self.size):
            self.enter()
            if len(self.members) % 50 == 0:
                time.sleep(0.05)

    def enter(self):
        try:
            connection = begin_connection(self.address, self.room)
        except OSError:
            self.missing += 1
            return
        self.members[connection.fileno()] = Member(connection)
        # Once: when it can be written to, it is connected.
        self.poll.register(connection.fileno(), self.interest | select.EPOLLOUT)

    def step(self, due):
        now = time.monotonic()
        self.may_return = min(self.may_return + (now - self.last) * self.returns, self.returns / 10)
        self.last = now
        for _ in range(min(self.missing, int(self.may_return))):
            self.missing -= 1
            self.may_return -= 1
            self.enter()
        self.act(due)

    def act(self, due):
        pass

    def greet(self, member):
        """The connection is there."""

    def heard(self, member, data):
        """The server says something."""

    def ready(self, number, what):
        member = self.members.get(number)
        if member is None:
            return
        try:
            if what & (select.EPOLLHUP | select.EPOLLERR | select.EPOLLRDHUP):
                return self.cut(number)
            if not member.connected:
                member.connected = True
                self.count["connected"] += 1
                self.poll.modify(number, self.interest)
                self.greet(member)
            if what & select.EPOLLIN:
                count = member.connection.recv_into(self.scratch)
                if count == 0:
                    return self.cut(number)
                self.heard(member, memoryview(self.scratch)[:count])
        except BlockingIOError:
            pass
        except OSError:
            self.cut(number)

    def cut(self, number):
        # Closing takes it out of the poll.
        self.members.pop(number).connection.close()
        self.count["cut"] += 1
        self.missing += 1

    def send(self, member, data):
        """As much as the system takes."""
        try:
            sent = member.connection.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.cut(member.connection.fileno())
            return 0
        self.count["sent"] += sent
        return sent

    def end(self):
        for member in self.members.values():
            member.connection.close()


class Member:
    def __init__(self, connection):
        self.connection = connection
        self.connected = False
        # What is still to be sent before anything else.
        self.head = b""
        # Bytes that were sent of what is sent again and again, when the system took no more in the midst of it.
        self.begun = 0


class Fragments(Regulars):
    """WebSockets without a token: the first fragment of a long message, then empty ones without end."""

    size = 4
    rate = 400_000
    first = b"\x01\xff" + (999_999).to_bytes(8, "big") + bytes(4) + b"x" * 999_999
    empty = b"\x00\x80" + bytes(4)

    def __init__(self, address, token):
        super().__init__(address, token)
        self.many = memoryview(self.empty * 20_000)

    def greet(self, member):
        upgrade = (
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {self.address[0]}:{self.address[1]}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n").encode()
        member.head = memoryview(upgrade + self.first)

    def act(self, due):
        self.count["tried"] += due
        each = min(due // self.size + 1, 20_000) * len(self.empty)
        for member in list(self.members.values()):
            if member.head:
                member.head = member.head[self.send(member, member.head):]
            elif member.connected:
                member.begun = (member.begun + self.send(member, self.many[member.begun:each])) % len(self.empty)


class Handshakes(Regulars):
    """Sessions of long polling that are opened, and forgotten. Who is cut off for it goes on over another connection."""

    size = 8
    rate = 1000
    returns = 1000

    def __init__(self, address, token):
        super().__init__(address, token)
        self.owed = 0
        self.request = (
            f"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\n\r\n").encode()

    def heard(self, member, data):
        self.count["answered"] += bytes(data).count(b"HTTP/1.1 ")

    def act(self, due):
        # Not more at once than in a tenth of a second.
        self.owed = min(self.owed + due, self.rate // 10)
        members = [member for member in self.members.values() if member.connected]
        share = -(-self.owed // max(len(members), 1))
        for member in members:
            count = min(share, self.owed)
            if count and self.send(member, self.request * count):
                self.owed -= count
                self.count["tried"] += count


class Readers(Regulars):
    """Requests for long lists, one behind the other, whose answers nobody reads. They come within three seconds."""

    size = 300
    returns = 100
    room = 4096
    # Not what arrives: it is never read.
    interest = select.EPOLLRDHUP
    pipelined = 50

    def begin(self):
        self.missing = self.size

    def greet(self, member):
        self.send(member, (
            f"GET /api/uploads/list?limit=1000 HTTP/1.1\r\nHost: {self.address[0]}:{self.address[1]}\r\n"
            f"Authorization: Bearer {self.token}\r\n\r\n").encode() * self.pipelined)
        self.count["tried"] += self.pipelined


class Bodies(Regulars):
    """Bodies that arrive byte by byte."""

    size = 500
    rate = 500

    def __init__(self, address, token):
        super().__init__(address, token)
        self.turns = []

    def greet(self, member):
        self.send(member, (
            f"POST /api/auth/login HTTP/1.1\r\nHost: {self.address[0]}:{self.address[1]}\r\n"
            "Content-Type: application/json\r\nContent-Length: 10000\r\n\r\n{").encode())

    def heard(self, member, data):
        self.count["answered"] += bytes(data).count(b"HTTP/1.1 ")

    def act(self, due):
        for _ in range(due):
            if not self.turns:
                self.turns = [member for member in self.members.values() if member.connected]
                if not self.turns:
                    return
            member = self.turns.pop()
            if member.connection.fileno() in self.members:
                self.count["tried"] += 1
                self.send(member, b" ")


class Logins(Regulars):
    """Right passwords of many employees, each over a connection that has none under way."""

    size = 250
    rate = 200
    returns = 250

    def __init__(self, address, token):
        super().__init__(address, token)
        self.owed, self.turn, self.free = 0, 0, []
        bodies = [json.dumps({"email": email, "password": PASSWORD}).encode() for email in EMPLOYEES]
        self.requests = [
            f"POST /api/auth/login HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies]

    def greet(self, member):
        self.free.append(member)

    def heard(self, member, data):
        answers = bytes(data).count(b"HTTP/1.1 ")
        if answers:
            self.count["answered"] += answers
            self.free.append(member)

    def act(self, due):
        self.owed = min(self.owed + due, self.rate // 10)
        while self.owed and self.free:
            member = self.free.pop()
            if self.members.get(member.connection.fileno()) is member:
                self.send(member, self.requests[self.turn % len(self.requests)])
                self.turn += 1
                self.owed -= 1
                self.count["tried"] += 1


class Silent(Regulars):
    """WebSockets that are opened, and say nothing. They come within five seconds."""

    size = 1000
    returns = 200

    def begin(self):
        self.missing = self.size

    def greet(self, member):
        self.count["tried"] += 1
        self.send(member, (
            f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {self.address[0]}:{self.address[1]}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n").encode())

    def heard(self, member, data):
        self.count["answered"] += bytes(data).count(b"HTTP/1.1 101")


KINDS = {kind.__name__.lower(): kind for kind in (Fragments, Connects, Handshakes, Readers, Bodies, Logins, Silent)}


def nobody():
    """Takes what comes, until the standard input ends."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    listener.setblocking(False)
    print(listener.getsockname()[1], flush=True)
    poll, guests, scratch = select.epoll(), {}, bytearray(1 << 20)
    poll.register(listener.fileno(), select.EPOLLIN)
    poll.register(sys.stdin.fileno(), select.EPOLLIN | select.EPOLLHUP)
    while True:
        for number, _ in poll.poll():
            if number == sys.stdin.fileno():
                return
            if number != listener.fileno():
                try:
                    # On TCP this flag drops the bytes instead of copying them.
                    if guests[number].recv_into(scratch, 0, socket.MSG_TRUNC) == 0:
                        guests.pop(number).close()
                except BlockingIOError:
                    pass
                except OSError:
                    guests.pop(number).close()
                continue
            try:
                while True:
                    guest, _ = listener.accept()
                    guest.setblocking(False)
                    guests[guest.fileno()] = guest
                    poll.register(guest.fileno(), select.EPOLLIN)
            except BlockingIOError:
                pass


def processor_time():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("kind", choices=[*KINDS, "nobody"])
    parser.add_argument("host", nargs="?")
    parser.add_argument("port", nargs="?", type=int)
    parser.add_argument("--token", default="")
    options = parser.parse_args()
    # Other machines' processors: these get what the measured ones leave.
    os.nice(10)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard) if hard != resource.RLIM_INFINITY else 8192, hard))
    if options.kind == "nobody":
        return nobody()
    crowd = KINDS[options.kind]((options.host, options.port), options.token)
    print("REPORT " + json.dumps(crowd.run()), flush=True)


if __name__ == "__main__":
    main()
