"""A python-socketio server, to try clients against one that is not ours.

server.py [--port N] [--transports polling,websocket] [--ping-interval 25] [--ping-timeout 20] [--until-killed]
          [--certificate FILE --key FILE]

Prints {"event": "listening", "port": N, "server": "python-socketio 5.x"} when it listens, and ends with its standard input
unless it is to run until it is killed.

It speaks as the echo program does: namespaces / and /custom, `auth` with the CONNECT payload after a connect,
`message` -> `message-back`, `message-with-ack` -> an acknowledgement with the same arguments, and a raw Engine.IO echo at
/engine.io/. Beside that:

- the token "refused" gets CONNECT_ERROR {"message": "Unauthorized"};
- `ask-me` with arguments: the server emits `question` with them, wants an acknowledgement, and then emits `answered` with
  what that held;
- `kick`: the server disconnects the client from the namespace.
"""

import argparse
import asyncio
import json
import os
import socket
import sys
import threading

import engineio
import socketio
import uvicorn
from importlib.metadata import version

NAMESPACES = ("/", "/custom")


def make_application(options):
    timing = {"ping_interval": options.ping_interval, "ping_timeout": options.ping_timeout,
              "max_http_buffer_size": 1_000_000, "cors_allowed_origins": "*",
              "transports": options.transports.split(",")}
    # Events of one client are handled in their order, as the suites expect.
    server = socketio.AsyncServer(async_mode="asgi", async_handlers=False, **timing)
    raw = engineio.AsyncServer(async_mode="asgi", async_handlers=False, **timing)
    for namespace in NAMESPACES:
        answer_as_echo(server, namespace)

    @raw.on("message")
    async def echo(sid, data):
        await raw.send(sid, data)

    below = engineio.ASGIApp(raw, engineio_path="engine.io")
    return socketio.ASGIApp(server, other_asgi_app=below, socketio_path="socket.io")


def answer_as_echo(server, namespace):
    async def connect(sid, environ, auth):
        if isinstance(auth, dict) and auth.get("token") == "refused":
            raise socketio.exceptions.ConnectionRefusedError("Unauthorized")
        # The answer to CONNECT goes out when this returns, and `auth` must come after it.
        asyncio.get_running_loop().call_soon(
            asyncio.ensure_future, server.emit("auth", auth or {}, to=sid, namespace=namespace))

    async def message(sid, *arguments):
        await server.emit("message-back", arguments, to=sid, namespace=namespace)

    async def message_with_ack(sid, *arguments):
        return arguments

    async def ask_me(sid, *arguments):
        # Not awaited here: the acknowledgement is an event of the same client, which waits for this one.
        async def answered(*values):
            await server.emit("answered", values, to=sid, namespace=namespace)
        await server.emit("question", arguments, to=sid, namespace=namespace, callback=answered)

    async def kick(sid, *_):
        await server.disconnect(sid, namespace=namespace)

    handlers = {"connect": connect, "message": message, "message-with-ack": message_with_ack, "ask-me": ask_me,
                "kick": kick}
    for event, handler in handlers.items():
        server.on(event, handler, namespace=namespace)


def end_with_standard_input(server):
    sys.stdin.buffer.read()
    server.should_exit = True
    # A long poll that is still open would keep it for a ping interval.
    threading.Timer(1, os._exit, [0]).start()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--transports", default="polling,websocket")
    parser.add_argument("--ping-interval", type=float, default=25)
    parser.add_argument("--ping-timeout", type=float, default=20)
    parser.add_argument("--until-killed", action="store_true")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    options = parser.parse_args()

    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", options.port))
    listener.listen(1024)
    server = uvicorn.Server(uvicorn.Config(make_application(options), log_level="error", lifespan="off",
                                           ssl_certfile=options.certificate, ssl_keyfile=options.key))
    if not options.until_killed:
        threading.Thread(target=end_with_standard_input, args=[server], daemon=True).start()
    print(json.dumps({"event": "listening", "port": listener.getsockname()[1],
                      "server": f"python-socketio {version('python-socketio')}"}), flush=True)
    server.run(sockets=[listener])


if __name__ == "__main__":
    main()
