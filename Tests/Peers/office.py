"""Makes the folders of a server with an office of eight that has worked for a month: office.py FOLDER

Each weekday has three sessions a person, in the zone of Berlin; the last days have captures too. The same hours come every time,
but for today's, which end a few minutes ago.
"""

import json
import pathlib
import random
import struct
import sys
import zlib
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Berlin")
DAYS, CAPTURED_DAYS = 31, 5
NAMES = ["Mira Ödegaard", "Jonas Lindqvist", "Noor Haddad", "Emil Brandt", "Aylin Yılmaz", "Tomas Novák", "Ingrid Berg", "Ola <b>Nordmann"]
EMAILS = [name.split()[0].lower() + "@harbour.example" for name in NAMES]
MANAGER = "bo@harbour.example"
COLOURS = [(0x2E, 0x34, 0x40), (0xFD, 0xF6, 0xE3), (0x1D, 0x35, 0x57), (0x26, 0x46, 0x53), (0xF1, 0xFA, 0xEE)]


def instant(moment):
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def picture(colour, width=320, height=200):
    """A PNG of one colour."""
    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    rows = (b"\0" + bytes(colour) * width) * height
    return b"\x89PNG\r\n\x1a\n" + b"".join([
        chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")])


def worked(now):
    """Sessions as (whose, from, to, idle seconds), and captures as (whose, when)."""
    sessions, captures = [], []
    for back in range(DAYS, -1, -1):
        midnight = (now - timedelta(days=back)).replace(hour=0, minute=0, second=0, microsecond=0)
        if midnight.weekday() > 4:
            continue
        dice = random.Random(back)
        for email in EMAILS:
            start = midnight + timedelta(hours=7, minutes=dice.randrange(90), seconds=dice.randrange(60))
            for _ in range(3):
                end = start + timedelta(minutes=dice.randrange(70, 170), seconds=dice.randrange(60))
                idle = dice.randrange(600)
                later = end + timedelta(minutes=dice.randrange(5, 50))
                end = min(end, now - timedelta(minutes=3))
                if end > start + timedelta(seconds=600):
                    sessions.append((email, start, end, idle))
                    moments = range(5, int((end - start).total_seconds() // 60), 23) if back < CAPTURED_DAYS else []
                    captures += [(email, start + timedelta(minutes=minute)) for minute in moments]
                start = later
    return sorted(sessions, key=lambda each: each[1]), sorted(captures, key=lambda each: each[1])


def main():
    folder = pathlib.Path(sys.argv[1])
    (data, uploads) = (folder / "data", folder / "uploads")
    data.mkdir(parents=True)
    uploads.mkdir()
    now = datetime.now(ZONE).replace(microsecond=0)
    hired = instant(now - timedelta(days=DAYS + 5))

    def write(path, value):
        path.write_text(json.dumps(value, indent=2, ensure_ascii=False), encoding="utf-8")

    people = [(email, name, "employee") for email, name in zip(EMAILS, NAMES)] + [(MANAGER, "Bo Larsen", "manager")]
    write(data / "users.json", [{"email": email, "name": name, "role": role, "createdAt": hired} for email, name, role in people])
    write(data / "organization.json", {"name": "Harbour Logistics", "createdAt": hired})
    write(data / "intervals.json", {email: 300 for email in EMAILS[:5]})
    sessions, captures = worked(now)
    write(data / "work_sessions.json", [{
        "id": f"{email}-{int(start.timestamp() * 1000)}", "employeeId": email, "startedAt": instant(start), "endedAt": instant(end),
        "isActive": False, "idleSeconds": idle, "lastHeartbeatAt": instant(end), "date": start.strftime("%Y-%m-%d"),
    } for email, start, end, idle in sessions])
    pictures = [picture(colour) for colour in COLOURS]
    for number, _ in enumerate(captures):
        (uploads / f"{number:04d}.png").write_bytes(pictures[number % len(pictures)])
    write(uploads / "index.json", [
        {"file": f"uploads/{number:04d}.png", "employeeId": email, "ts": instant(when)} for number, (email, when) in enumerate(captures)])


if __name__ == "__main__":
    main()
