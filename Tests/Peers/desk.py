"""An employee at their desk, as the client is for the server: tracks, and shows the screen to whoever watches."""

import base64
import json
import urllib.request
from datetime import datetime, timezone

import socketio
from office import COLOURS, picture


class Desk:
    def __init__(self, url, email, password):
        self.url, self.email = url, email
        self.token = None
        self.token = self.ask("/api/auth/login", {"email": email, "password": password})["token"]
        self.watched = 0
        self.socket = None

    def ask(self, path, body):
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def capture(self):
        """Sends a picture of the screen as it is now."""
        head = b'--edge\r\nContent-Disposition: form-data; name="screenshot"; filename="screenshot.png"\r\n\r\n'
        headers = {"Content-Type": "multipart/form-data; boundary=edge", "Authorization": f"Bearer {self.token}"}
        body = head + picture(COLOURS[0]) + b"\r\n--edge--\r\n"
        with urllib.request.urlopen(urllib.request.Request(self.url + "/api/uploads/screenshot", body, headers)) as answer:
            return json.load(answer)["ts"]

    def come(self):
        self.socket = socketio.Client()
        self.socket.on("live_view:initiate", lambda _: self.show())
        self.socket.connect(self.url, auth={"token": self.token}, transports=["websocket"])

    def go(self):
        self.socket.disconnect()

    def start(self):
        self.ask("/api/work/start", {})

    def stop(self):
        self.ask("/api/work/stop", {})

    def show(self):
        self.watched += 1
        ts = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        image = base64.b64encode(picture(COLOURS[self.watched % len(COLOURS)])).decode()
        self.socket.emit("live_view:frame", {"employeeId": self.email, "frameBase64": image, "ts": ts})

    def refuse(self):
        """Whoever watches is to see nothing more."""
        self.socket.emit("live_view:terminate", {})
