"""python-socketio behind the interface that README.md describes."""

import base64
import json
import os
import sys
import threading
from importlib.metadata import version

import socketio

# What python-socketio calls the reasons of a disconnect, and the JavaScript client.
REASONS = {"client disconnect": "io client disconnect", "server disconnect": "io server disconnect"}

lock = threading.Lock()


def report(event, **fields):
    line = json.dumps({"event": event, **fields}, default=as_text)
    with lock:
        print(line, flush=True)


def as_text(value):
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value)} is no JSON")


def with_bytes(value):
    if isinstance(value, list):
        return [with_bytes(element) for element in value]
    if isinstance(value, dict):
        if set(value) == {"$bytes"}:
            return base64.b64decode(value["$bytes"])
        return {key: with_bytes(element) for key, element in value.items()}
    return value


def arguments(command):
    if "args" in command:
        return tuple(with_bytes(command["args"]))
    return (with_bytes(command["data"]),) if "data" in command else ()


class Client:
    def __init__(self):
        self.socket = None
        self.namespace = "/"

    def carry_out(self, command):
        what = command["do"]
        if what == "connect":
            self.connect(command)
        elif self.socket is None:
            raise ValueError(f"{what} before connect")
        elif what == "emit":
            self.socket.emit(command["event"], arguments(command), namespace=self.namespace)
        elif what == "emitWithAck":
            self.emit_with_ack(command)
        elif what == "disconnect":
            self.socket.disconnect()
        elif what == "drop":
            self.socket.eio.disconnect(abort=True)
        else:
            raise ValueError(f"there is no command {what}")

    def connect(self, command):
        self.namespace = namespace = command.get("namespace", "/")
        self.socket = socket = socketio.Client(reconnection=command.get("reconnect", False))
        started_with = []
        refused = threading.Event()

        # The engine opens with one transport and may have another by the time the namespace is connected.
        open_polling = socket.eio._connect_polling

        def remembering(*values):
            started_with.append("polling")
            return open_polling(*values)

        socket.eio._connect_polling = remembering

        def connected():
            transport = socket.transport()
            if started_with and transport == "websocket":
                report("upgrade", transport=transport)
            started_with.clear()
            report("connect", transport=transport, sid=socket.get_sid(namespace))

        def connect_error(data=None):
            refused.set()
            message = data.get("message") if isinstance(data, dict) else data
            # Called as well when there is no connection, and then with a sentence of the library's.
            report("connect_error", message=message, data=data if socket.eio.state == "connected" else None)

        def disconnected(reason):
            report("disconnect", reason=REASONS.get(reason, reason))

        def received(name, *values):
            report("message", name=name, args=values)
            # Becomes the acknowledgement, if the server asked for one.
            return values

        socket.on("connect", connected, namespace=namespace)
        socket.on("connect_error", connect_error, namespace=namespace)
        socket.on("disconnect", disconnected, namespace=namespace)
        socket.on("*", received, namespace=namespace)

        auth = command.get("auth")
        if "token" in command:
            auth = {"token": command["token"]}
        query = "&".join(f"{key}={value}" for key, value in command.get("query", {}).items())
        try:
            socket.connect(
                command["url"] + ("?" + query if query else ""), headers=command.get("headers", {}), auth=auth,
                transports=command.get("transports", ["polling", "websocket"]), namespaces=[namespace],
                socketio_path=command.get("path", "/socket.io/"), wait_timeout=command.get("timeout", 5))
        except socketio.exceptions.ConnectionError as error:
            # After CONNECT_ERROR the handler has said more already.
            if not refused.is_set():
                report("connect_error", message=str(error), data=None)

    def emit_with_ack(self, command):
        number = command["id"]
        answered = threading.Event()

        def acknowledged(*values):
            answered.set()
            report("ack", id=number, args=values)

        def watch():
            if not answered.wait(command.get("timeout", 5)):
                report("ack_timeout", id=number)

        self.socket.emit(
            command["event"], arguments(command), namespace=self.namespace, callback=acknowledged)
        threading.Thread(target=watch, daemon=True).start()


def main():
    report("ready", client=f"python-socketio {version('python-socketio')}")
    client = Client()
    for line in sys.stdin:
        if not line.strip():
            continue
        try:
            client.carry_out(json.loads(line))
        except Exception as error:
            report("failed", message=f"{type(error).__name__}: {error}")
    if client.socket is not None and client.socket.connected:
        # Over polling it waits for the answer to the last poll, which some servers give after a ping interval only.
        leaving = threading.Thread(target=client.socket.disconnect, daemon=True)
        leaving.start()
        leaving.join(1)
    # Not sys.exit, which would wait for the library's threads.
    os._exit(0)


if __name__ == "__main__":
    main()
