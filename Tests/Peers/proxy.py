"""A proxy that makes tunnels (CONNECT) to wherever it is asked, and prints where: first its port, then a line a tunnel.

    python3 proxy.py [--credentials NAME:PASSWORD]
"""

import argparse
import asyncio
import base64


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def serve(reader, writer, credentials):
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
        return
    method, target, _ = head.split("\r\n")[0].split(" ")
    wanted = "Basic " + base64.b64encode(credentials.encode()).decode() if credentials else None
    given = [line.split(": ", 1)[1] for line in head.split("\r\n") if line.lower().startswith("proxy-authorization: ")]
    if method != "CONNECT":
        writer.write(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
    elif wanted and given != [wanted]:
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
    else:
        host, port = target.rsplit(":", 1)
        print("CONNECT", target, flush=True)
        try:
            there, back = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        else:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(copy(reader, back), copy(there, writer))
            return
    await writer.drain()
    writer.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--credentials")
    credentials = parser.parse_args().credentials
    server = await asyncio.start_server(lambda r, w: serve(r, w, credentials), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
