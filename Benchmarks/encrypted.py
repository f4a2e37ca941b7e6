"""Images that are encrypted against images that are not: two servers of one program, one of them with UPLOAD_KEY_FILE."""

import base64
import json
import os
from urllib.request import Request, urlopen

import programs
import records
from programs import Failed
from report import Row

MEGABYTES = 0.2
CONNECTIONS = 64
PNG = b"\x89PNG"


def newest(server, house, token, encrypted):
    """The path of the newest image, after a look at its file."""
    request = Request(server.url + "/api/uploads/list?limit=1", headers={"Authorization": f"Bearer {token}"})
    with urlopen(request) as answer:
        file = json.load(answer)[0]["file"]
    with open(house.folder / file, "rb") as stored:
        if (stored.read(4) == PNG) == encrypted:
            raise Failed(f"{file} is {'not ' if encrypted else ''}encrypted")
    return "/" + file


def encrypted_rows(bench, in_turns):
    key = bench.folder / "upload.key"
    key.touch(mode=0o600)
    key.write_bytes(base64.b64encode(os.urandom(32)))
    # Houses of their own: with its keys one can't be opened by a server that has none.
    plain, sealed = bench.house(103, 103), bench.house(104, 104)
    token = records.token(records.MANAGER, "super_admin")
    with bench.run(plain) as without, bench.run(sealed, UPLOAD_KEY_FILE=str(key)) as with_key:
        def stored(server, house):
            programs.empty(house.uploads)
            bench.uploads += 1
            return MEGABYTES * programs.load(
                "upload.lua", server.url, CONNECTIONS, bench.seconds, TOKENS="\n".join(house.tokens(CONNECTIONS)),
                RUN=str(os.getpid() * 100 + bench.uploads))[0]

        def sent(server, path):
            return MEGABYTES * bench.gets(server, path, CONNECTIONS, token)[0]

        ours, theirs = in_turns(lambda: stored(with_key, sealed), lambda: stored(without, plain))
        yield Row(f"encrypted uploads of 200 kB, {CONNECTIONS} connections", f"{ours:,.0f} MB/s", f"{theirs:,.0f} MB/s",
                  f"{ours / theirs:.2f}", ">= 0.80", ours / theirs >= 0.8,
                  f"the same without a key; {bench.versions['wrk']}")
        paths = newest(with_key, sealed, token, True), newest(without, plain, token, False)
        ours, theirs = in_turns(lambda: sent(with_key, paths[0]), lambda: sent(without, paths[1]))
        yield Row(f"downloads of an encrypted image of 200 kB, {CONNECTIONS} connections", f"{ours:,.0f} MB/s",
                  f"{theirs:,.0f} MB/s", f"{ours / theirs:.2f}", ">= 0.60", ours / theirs >= 0.6,
                  "the same image without encryption")
