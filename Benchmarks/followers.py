"""Readers of the office's events, and what they are told meanwhile.

The readers are a program of their own at a low priority: on other machines they would take nothing of this one's processors.

followers.py HOST PORT TOKEN COUNT    says `following` when all are there, and when its standard input ends, how many
changes the one has heard of that has heard of the fewest.
"""

import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

CHANGES_A_SECOND = 20
MARK = b"event: interval"


@contextmanager
def followers(url, token, count):
    """A function that ends them, and tells how many changes each has heard of at least."""
    address = urlsplit(url)
    process = subprocess.Popen(
        [sys.executable, Path(__file__), address.hostname, str(address.port), token, str(count)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout.readline() != "following\n":
            raise RuntimeError("the readers of events do not start")
        yield lambda: int(process.communicate()[0])
    finally:
        process.kill()
        process.wait()


@contextmanager
def changes(url, token, employee):
    """Assigns intervals to an employee; gives a function that tells how many there were."""
    address = urlsplit(url)
    count, stop = 0, threading.Event()

    def run():
        nonlocal count
        connection = HTTPConnection(address.hostname, address.port)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        start = time.monotonic()
        while not stop.wait(max(0, start + count / CHANGES_A_SECOND - time.monotonic())):
            body = f'{{"employeeId": "{employee}", "intervalMinutes": {2 + count % 19}}}'
            connection.request("POST", "/api/capture-interval", body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                return
            count += 1
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield lambda: count
    finally:
        stop.set()
        thread.join()


def follow(host, port, token, count):
    os.nice(19)
    request = f"GET /api/events HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    selector = selectors.DefaultSelector()
    heard = {}
    for _ in range(count):
        line = socket.create_connection((host, port))
        line.sendall(request)
        text = b""
        while b"event: hello" not in text:
            text += line.recv(65536)
        heard[line] = 0
        selector.register(line, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    print("following", flush=True)
    patience = None
    # What is on its way when nothing more is told still counts.
    while ready := selector.select(patience):
        for key, _ in ready:
            if key.fileobj is sys.stdin:
                selector.unregister(sys.stdin)
                patience = 1
            else:
                # An event comes in one piece nearly always; a few that do not are not missed.
                heard[key.fileobj] += key.fileobj.recv(65536).count(MARK)
    print(min(heard.values()))


if __name__ == "__main__":
    follow(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
