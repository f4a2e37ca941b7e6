"""Small pictures: the processor time that the server takes for one, against ImageMagick's convert.

The server keeps none, so that it makes each anew. Counted is all that its process does: the request, the reading, the
picture, the answer; of convert, the process from its start to its end.
"""

import json
import os
import resource
from http.client import HTTPConnection
from statistics import median
from urllib.parse import urlsplit

import programs
import records
from programs import Failed, output
from report import Row, say
from screens import SCREENS, picture_of_page

ROUNDS = 3
WIDTH = 320
# Of each in a turn: the system counts the time of processes in hundredths of seconds.
PICTURES = 40
# Of convert's time. What a photograph takes is mostly zlib's and libpng's, which both programs use.
TARGETS = {"browser": 0.33, "photo-boats": 0.33}


def made_by_server(server, file, token):
    """Milliseconds a picture."""
    connection = HTTPConnection(urlsplit(server.url).netloc)
    start = server.processor_seconds()
    for _ in range(PICTURES):
        connection.request("GET", f"/{file}?width={WIDTH}", headers={"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        picture = answer.read()
        if answer.status != 200 or picture[16:20] != WIDTH.to_bytes(4, "big"):
            raise Failed(f"a small picture is answered with {answer.status}, and {len(picture)} bytes")
    taken = server.processor_seconds() - start
    connection.close()
    return 1000 * taken / PICTURES


def made_by_convert(picture, result):
    """Milliseconds a picture."""
    def taken():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    start = taken()
    for _ in range(PICTURES):
        output("convert", picture, "-resize", f"{WIDTH}x", result)
    return 1000 * (taken() - start) / PICTURES


def thumbnails(bench):
    house = bench.house(100, 100)
    manager = records.token(records.MANAGER, "super_admin")
    file = json.loads(house.index_file.read_text())[-1]["file"]
    picture = house.folder / file
    for screen in SCREENS:
        target = TARGETS.get(screen.name)
        if target is None:
            continue
        folder = bench.folder / f"thumbnails-{screen.name}"
        folder.mkdir()
        # As clients send it: without alpha.
        output("convert", picture_of_page(screen, folder), "-alpha", "off", f"PNG24:{picture}")
        with programs.server(bench.server, house, bench.folder, THUMBNAIL_CACHE_BYTES="0") as server:
            made_by_server(server, file, manager)
            turns = [(made_by_server(server, file, manager), made_by_convert(picture, folder / "small.png"))
                     for _ in range(ROUNDS)]
        os.remove(picture)
        say("  in turns: " + "; ".join(f"{ours:.2f} and {theirs:.2f} ms" for ours, theirs in turns))
        ours, theirs = (median(column) for column in zip(*turns))
        yield Row(f"{screen.size} at width {WIDTH}, {screen.name}, CPU", f"{ours:.2f} ms", f"{theirs:.2f} ms",
                  f"{ours / theirs:.2f}", f"<= {target:.2f}", ours <= target * theirs,
                  f"convert -resize {WIDTH}x; {bench.versions['imagemagick']}")
