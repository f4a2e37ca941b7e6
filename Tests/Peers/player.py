"""A player built on ffmpeg: opens a URL as it is, and tells of the first frames, one JSON object a line.

  player.py URL TOKEN COUNT
"""

import json
import sys

import av

url, token, count = sys.argv[1:]
with av.open(url, options={"headers": f"Authorization: Bearer {token}\r\n"}) as container:
    for number, frame in enumerate(container.decode(video=0), start=1):
        size = {"width": frame.width, "height": frame.height}
        pixels = {"first": bytes(frame.reformat(format="rgb24").planes[0])[:3].hex()}
        print(json.dumps({"format": container.format.name, **size, **pixels}), flush=True)
        if number == int(count):
            break
