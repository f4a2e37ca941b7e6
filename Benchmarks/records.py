"""Data folders of any size, with exactly the bytes that the server itself would write.

The files are what JSON.stringify(value, null, 2) gives. The same numbers give the same records in every run, but for the
times: "today" is the real day, since the server reads the wall clock.
"""

import base64
import hashlib
import hmac
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path

SECRET = "the key of tokens in benchmarks, long enough"
MANAGER = "lena@harbour.example"
# Everybody's.
PASSWORD = "a password of the benchmarks"
HOUR = 3_600_000
DAY = 24 * HOUR
# Past records are spread over so many days, about three years.
PAST_DAYS = 1000
UPLOADS_TODAY = 3
# Those who watch live: an account may have ten sockets.
WATCHING_MANAGERS = [f"watcher-{number:02d}@harbour.example" for number in range(20)]


def scrypt_verifier(password):
    """As the server keeps it, with its cost."""
    salt = b"sixteen bytes!!!"
    key = hashlib.scrypt(password.encode(), salt=salt, n=1 << 15, r=8, p=1, maxmem=1 << 26, dklen=32)
    salt, key = (base64.b64encode(part).decode().rstrip("=") for part in (salt, key))
    return f"$scrypt$ln=15,r=8,p=1${salt}${key}"


def token(email, role="employee"):
    """A token as the server makes it (RFC 7519, HS256), for an account whose credential version is 1."""
    now = int(time.time())
    claims = {"sub": email, "role": role, "iat": now, "exp": now + 8 * 3600, "jti": f"bench-{email}", "ver": 1}
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in ({"alg": "HS256", "typ": "JWT"}, claims)]
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    code = hmac.new(SECRET.encode(), text, hashlib.sha256).digest()
    return (text + b"." + base64.urlsafe_b64encode(code).rstrip(b"=")).decode()


def watching_tokens():
    return [token(email, "manager") for email in WATCHING_MANAGERS]


class Calendar:
    """A zone of whole hours in which it is noon now: today has room for records, and midnight is far."""

    def __init__(self, now=None):
        self.now = int((time.time() if now is None else now) * 1000)
        hours = 12 - self.now // HOUR % 24
        # These names count westwards.
        self.zone = "Etc/GMT" if hours == 0 else f"Etc/GMT{-hours:+d}"
        self.offset = hours * HOUR
        self.today = (self.now + self.offset) // DAY * DAY - self.offset
        self._clock = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86400)]
        self._dates = {}

    def iso(self, milliseconds):
        day, rest = divmod(milliseconds, DAY)
        second, fraction = divmod(rest, 1000)
        return f"{self._date(day)}T{self._clock[second]}.{fraction:03d}Z"

    def local_date(self, milliseconds):
        return self._date((milliseconds + self.offset) // DAY)

    def _date(self, day):
        if day not in self._dates:
            self._dates[day] = time.strftime("%Y-%m-%d", time.gmtime(day * 86400))
        return self._dates[day]


@dataclass
class House:
    """Two folders of a server, and who works there.

    Whatever the past, today is the same: every employee has one session and three uploads, and the sessions of the
    first `working` employees are open.
    """

    folder: Path
    calendar: Calendar
    past_sessions: int
    past_uploads: int
    employees: int = 1000
    working: int = 64

    @property
    def data(self):
        return self.folder / "data"

    @property
    def uploads(self):
        return self.folder / "uploads"

    @property
    def sessions_file(self):
        return self.data / "work_sessions.json"

    @property
    def index_file(self):
        return self.uploads / "index.json"

    def email(self, number):
        return f"employee-{number:04d}@harbour.example"

    def tokens(self, count):
        """Of employees whose session is open."""
        return [token(self.email(number)) for number in range(count)]

    @property
    def settings(self):
        return {
            "DATA_DIR": str(self.data), "UPLOAD_DIR": str(self.uploads), "JWT_SECRET": SECRET,
            # Loads come from few employees, and from one machine.
            "UPLOADS_PER_HOUR": "0", "UPLOAD_BYTES_PER_HOUR": "0", "MAX_CONNECTIONS_PER_ADDRESS": "100000",
            "MAX_SOCKETS_PER_ADDRESS": "100000",
            "TRACKER_TIME_ZONE": self.calendar.zone, "SESSION_TIMEOUT_SECONDS": "86400",
        }

    def write(self):
        """Makes the folders and files. Takes some seconds for a million records."""
        for folder in (self.data, self.uploads):
            folder.mkdir(parents=True)
        created = self.calendar.iso(self.calendar.today - (PAST_DAYS + 30) * DAY)
        people = [(MANAGER, "Lena Okafor", "super_admin")]
        people += [(self.email(number), f"Employee {number}", "employee") for number in range(self.employees)]
        people += [(email, f"Watcher {number}", "manager") for number, email in enumerate(WATCHING_MANAGERS)]
        self._dump("users.json", [
            {"email": email, "name": name, "role": role, "createdAt": created} for email, name, role in people])
        self._dump("organization.json", {"name": "Harbour Freight Office", "createdAt": created})
        self._dump("intervals.json", {self.email(number): 180 for number in range(self.employees)})
        verifier = scrypt_verifier(PASSWORD)
        self._dump("credentials.json", {"accounts": {
            email: {"verifier": verifier, "version": 1, "mustChangePassword": False} for email, _, _ in people}})
        (self.data / "credentials.json").chmod(0o600)
        write_array(self.sessions_file, self._sessions())
        write_array(self.index_file, self._index())

    def _dump(self, name, value):
        (self.data / name).write_text(json.dumps(value, indent=2, ensure_ascii=False), encoding="utf-8")

    def _past(self, count, random):
        """Employee and time of `count` records in order of time; on no day twice the same employee."""
        if count == 0:
            return
        a_day = -(-count // PAST_DAYS)
        if a_day > self.employees:
            raise ValueError("more records a day than employees")
        slot = 8 * HOUR // a_day
        days = -(-count // a_day)
        for position in range(count):
            day, place = divmod(position, a_day)
            yield (place * 7 + day) % self.employees, self.calendar.today - (days - day) * DAY + 6 * HOUR \
                + place * slot + int(random.random() * slot)

    def _sessions(self):
        dice = random.Random(1)
        iso, date = self.calendar.iso, self.calendar.local_date

        def text(employee, start, end, beat, idle):
            email = self.email(employee)
            ended = f'"{iso(end)}"' if end else "null"
            return (f'  {{\n    "id": "{email}-{start}",\n    "employeeId": "{email}",\n'
                    f'    "startedAt": "{iso(start)}",\n    "endedAt": {ended},\n'
                    f'    "isActive": {"false" if end else "true"},\n    "idleSeconds": {idle},\n'
                    f'    "lastHeartbeatAt": "{iso(beat)}",\n    "date": "{date(start)}"\n  }}')

        for employee, start in self._past(self.past_sessions, dice):
            end = start + HOUR + int(dice.random() * 5 * HOUR)
            yield text(employee, start, end, end - int(dice.random() * 30_000), int(dice.random() * 1800))
        slot = 2 * HOUR // self.employees
        for employee in range(self.employees):
            start = self.calendar.today + 8 * HOUR + employee * slot
            if employee < self.working:
                yield text(employee, start, None, self.calendar.now - 30_000, 60)
            else:
                yield text(employee, start, start + HOUR, start + HOUR - 20_000, 60)

    def _index(self):
        dice = random.Random(2)
        iso = self.calendar.iso

        def text(employee, arrived):
            name = iso(arrived).replace(":", "-").replace(".", "-")
            digits = f"{dice.getrandbits(128):032x}"
            # Nearly all uploads have a key, which then is the client's part of the name.
            part = "screenshot" if dice.random() < 0.05 else \
                f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
            return (f'  {{\n    "file": "uploads/{name}-{part}.png",\n    "employeeId": "{self.email(employee)}",\n'
                    f'    "ts": "{iso(arrived - 20 - int(dice.random() * 900))}"\n  }}')

        for employee, arrived in self._past(self.past_uploads, dice):
            yield text(employee, arrived)
        count = UPLOADS_TODAY * self.employees
        slot = 3 * HOUR // count
        for position in range(count):
            yield text(position * 7 % self.employees, self.calendar.today + 8 * HOUR + position * slot)


def write_array(path, texts):
    """An array of records that are indented already."""
    with open(path, "w", encoding="ascii", buffering=1 << 20) as file:
        separator = "[\n"
        for text in texts:
            file.write(separator)
            file.write(text)
            separator = ",\n"
        file.write("[]" if separator == "[\n" else "\n]")
