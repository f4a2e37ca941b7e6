"""A server that lets anybody log in and then says anything: answers with numbers, texts and arrays that no server has, pages,
redirections, bodies without end, handshakes and events of Socket.IO of every kind. Prints its port.

    python3 hostile_server.py SEED
"""

import base64
import hashlib
import http.server
import json
import random
import struct
import sys
import threading

chance = random.Random(int(sys.argv[1]))
lock = threading.Lock()

NUMBERS = [
    "0", "-1", "1", "2", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e999", "-1e999", "1e-999",
    "0.5", "4294967296", "null", "true", '"1"', "[]", "{}", "[" * 300 + "]" * 300,
]
TEXTS = [
    '""', '"x"', '"' + "x" * 100_000 + '"', '"\\u0000\\u001b[2J"', '"\\ud800"', "7", "null", "[]", '"9999-12-31T23:59:59.999Z"',
    '"0000-01-01T00:00:00.000Z"', '"2026-03-02T08:00:00Z"', '"' + "e\\u0301" * 5000 + '"',
]
TIME = '"2026-03-02T08:00:00.000Z"'
SESSION = {
    "id": '"eve-1"', "employeeId": '"eve"', "startedAt": TIME, "endedAt": "null", "isActive": "true", "idleSeconds": "0",
    "lastHeartbeatAt": TIME, "date": '"2026-03-02"',
}


def draw(values):
    with lock:
        return chance.choice(values)


def likely(percent):
    with lock:
        return chance.randrange(100) < percent


def members(usual, percent=25):
    """The object, each member of it perhaps another, missing, or there twice."""
    parts = []
    for key, value in usual.items():
        if likely(percent):
            value = draw(NUMBERS + TEXTS)
        if likely(95):
            parts.append(f'"{key}":{value}')
    return "{" + ",".join(parts) + "}"


def answer(path):
    session = members(SESSION, 10)
    if "work/start" in path or "work/stop" in path:
        return members({"ok": "true", "session": session}, 5)
    if "heartbeat" in path:
        return members({"ok": "true", "idleSeconds": "0"})
    if "spans" in path:
        return members({"spans": f'[{{"key":"x","sessions":[{session}],"refusedSeconds":{draw(NUMBERS)}}}]'})
    if "work/me" in path:
        return members({
            "today": '"2026-03-02"', "session": session, "totalActiveSeconds": "5", "totalIdleSeconds": "1",
            "netActiveSeconds": "4", "intervalSeconds": "120", "sessionTimeoutSeconds": "300",
        })
    if "capture-interval" in path:
        return members({"assigned": "true", "intervalSeconds": "1"}, 20)
    if "uploads" in path:
        return members({"file": '"uploads/a.png"', "ts": TIME})
    return draw(["", "{}", "[]", "nothing", "null"])


def event():
    name = draw(["interval:assigned", "live_view:initiate", "live_view:terminate", "live_view:watchers", "work:elsewhere", "x"])
    payload = members({
        "employeeId": '"eve"', "intervalSeconds": draw(NUMBERS), "by": draw(TEXTS), "watchers": '["a","b"]', "client": '"c"',
        "host": draw(TEXTS),
    }, 10)
    return draw([f'42["{name}",{payload}]', f'42["{name}"]', f'42{draw(NUMBERS)}', f'43{draw(NUMBERS)}[1]', f'451-["{name}"]',
                 "2", "3", "1", "41", "44{}", "40", "4", "b!!", "", "9"] + [f'42["{name}",{payload}]'] * 20)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def date_time_string(self, timestamp=None):
        return draw(["Mon, 02 Mar 2026 08:00:00 GMT", "x", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 02 Mar 2026 99:00:00 GMT"])

    def say(self, status, body, **headers):
        body = body.encode("utf-8", "replace")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/socket.io"):
            return self.socket()
        if "auth" in self.path and likely(90):
            return self.say(200, '{"token":"t","role":"employee","expiresAt":"2026-03-02T16:00:00.000Z","mustChangePassword":false}')
        kind = draw(range(40))
        if kind == 0:
            return self.say(draw([301, 302, 307, 308]), "", Location=draw(["/", "x" * 5000, "http://127.0.0.1:1/", "\t"]))
        if kind == 1:
            return self.say(draw([400, 403, 404, 413, 500, 502]), "<html>", Content_Type="text/html")
        if kind == 2:
            return self.say(200, " " * 2_000_000)
        if kind == 3:
            wait = draw(["-1", "99999999999999999999", "x", "0"])
            return self.say(draw([429, 503]), members({"error": '"No."', "code": '"conflict"'}), Retry_After=wait)
        if kind == 4:
            self.close_connection = True
            return self.wfile.write(draw([b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx", b"\xff" * 500]))
        return self.say(draw([200, 200, 200, 201]), answer(self.path))

    do_GET = do_POST = do

    def socket(self):
        key = self.headers.get("Sec-WebSocket-Key")
        if key and likely(50):
            return self.web_socket(key)
        if key:
            return self.say(400, "no")
        if self.command == "POST":
            return self.say(draw([200, 200, 200, 400]), "ok")
        if "sid=" in self.path:
            packets = ["40" + members({"sid": '"x"'}, 10)] + [event() for _ in range(draw([1, 10, 1000, 5000]))]
            return self.say(200, "\x1e".join(packets))
        return self.say(200, "0" + self.handshake())

    def handshake(self):
        return members({"sid": '"abc"', "upgrades": "[]", "pingInterval": "300", "pingTimeout": "200", "maxPayload": "1000"}, 15)

    def web_socket(self, key):
        magic = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(magic.encode()).digest()).decode()
        self.wfile.write((
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n").encode())
        self.close_connection = True
        try:
            self.frame("0" + self.handshake())
            self.frame("40" + members({"sid": '"x"'}, 5))
            for _ in range(draw([1, 50, 2000])):
                self.frame(event())
        except OSError:
            pass

    def frame(self, text):
        body = text.encode("utf-8", "replace")
        first = draw([0x81] * 30 + [0x82, 0x01, 0x80, 0x88, 0x89, 0x8A, 0xF1, 0x83])
        length = len(body) if likely(99) else draw([2**63 - 1, 2**63, 126])
        if length < 126:
            head = struct.pack(">BB", first, length)
        elif length < 65536:
            head = struct.pack(">BBH", first, 126, length)
        else:
            head = struct.pack(">BBQ", first, 127, length)
        self.wfile.write(head + body)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
# Clients that go away are no news.
server.handle_error = lambda *arguments: None
print(server.server_address[1], flush=True)
server.serve_forever()
