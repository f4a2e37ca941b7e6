"""The peer of the live view rows: python-socketio's asynchronous server on uvicorn, relaying frames as ours does.

relay_peer.py [--port N] [--websockets NAME]

Prints `listening on port N`, and ends at SIGTERM. Who somebody is, the CONNECT payload's token says, here a plain name.
Everything is set for speed: uvloop, httptools, no logging, no task for each event, and the fastest of uvicorn's WebSocket
implementations unless NAME asks for another.
"""

import argparse
import socket

import socketio
import uvicorn


def make_application():
    server = socketio.AsyncServer(async_mode="asgi", async_handlers=False, max_http_buffer_size=1_000_000)
    names = {}

    @server.on("connect")
    async def connect(sid, environ, auth):
        if not isinstance(auth, dict) or not isinstance(auth.get("token"), str):
            raise socketio.exceptions.ConnectionRefusedError("Unauthorized")
        names[sid] = auth["token"]
        await server.enter_room(sid, auth["token"])

    @server.on("disconnect")
    async def disconnect(sid, reason):
        del names[sid]

    @server.on("live_view:start")
    async def start(sid, request):
        employee = request["employeeId"]
        await server.enter_room(sid, "watchers of " + employee)
        await server.emit("live_view:initiate", {"by": names[sid]}, to=employee)

    @server.on("live_view:frame")
    async def frame(sid, content):
        if content["employeeId"] == names[sid]:
            await server.emit("live_view:frame", content, to="watchers of " + content["employeeId"])

    return socketio.ASGIApp(server)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--websockets", default="websockets-sansio", help="as uvicorn's --ws")
    options = parser.parse_args()

    listener = socket.socket()
    listener.bind(("127.0.0.1", options.port))
    listener.listen(4096)
    configuration = uvicorn.Config(
        make_application(), loop="uvloop", http="httptools", ws=options.websockets,
        ws_per_message_deflate=False, log_level="error", access_log=False, lifespan="off")
    print(f"listening on port {listener.getsockname()[1]}", flush=True)
    uvicorn.Server(configuration).run(sockets=[listener])


if __name__ == "__main__":
    main()
