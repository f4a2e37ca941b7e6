"""The programs that take part: the server, its peers, and the load. Each is started, asked and ended here."""

import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
NGINX = "/usr/sbin/nginx"
# Of the folder that scripts/peers prepares.
PYTHON = HERE.parent / ".build/peers/venv/bin/python"


class Failed(Exception):
    """A measurement that means nothing; the sentence says why."""


def run(*command):
    """What the program writes, also to standard error: some say their version there."""
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def output(*command, **options):
    """What a program that must succeed writes."""
    command = [str(part) for part in command]
    outcome = subprocess.run(command, capture_output=True, timeout=120, **options)
    if outcome.returncode != 0:
        raise Failed(f"{command[0]} ends with {outcome.returncode}: {outcome.stderr.decode(errors='replace')[-300:]}")
    return outcome.stdout


def versions():
    def first(pattern, text):
        match = re.search(pattern, text)
        return match.group(1) if match else "of an unknown version"
    return {
        "wrk": "wrk " + first(r"wrk (?:debian/)?(\S+)", run("wrk", "-v")),
        "nginx": "nginx " + first(r"nginx/(\S+)", run(NGINX, "-v")),
        "socketio": "python-socketio " + first(r"Version: (\S+)", run(PYTHON, "-m", "pip", "show", "python-socketio")),
        "imagemagick": "ImageMagick " + first(r"ImageMagick (\S+)", run("convert", "-version")),
        "node": "Node " + first(r"v(\S+)", run("node", "--version")),
    }


class Server:
    """A TrackerServer on the folders of a house, on a free port. Knows how long its start took."""

    def __init__(self, program, house, folder, settings):
        environment = {"PATH": os.environ["PATH"], "PORT": "0", "LOG_LEVEL": "error", **house.settings, **settings}
        # Without a .env in its working directory.
        self.log = tempfile.TemporaryFile(dir=folder)
        start = time.monotonic()
        self.process = subprocess.Popen(
            [program], env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        self.start_seconds = time.monotonic() - start
        match = re.match(r"API listening on port (\d+)", line)
        if not match:
            self.process.wait()
            self.log.seek(0)
            raise Failed(f"the server does not start: {line}{self.log.read().decode(errors='replace')}")
        self.url = f"http://127.0.0.1:{match.group(1)}"

    def memory(self):
        """Megabytes: the most that was ever resident, and what is resident now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return tuple(int(re.search(rf"{key}:\s+(\d+) kB", status).group(1)) / 1024 for key in ("VmHWM", "VmRSS"))

    def processor_seconds(self):
        """User and system, of all its threads, since its start."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        end(self.process, signal.SIGTERM)
        self.log.close()


def end(process, how):
    if process.poll() is None:
        process.send_signal(how)
    try:
        process.wait(120)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise Failed("a program did not end when it was asked to") from None


@contextmanager
def server(program, house, folder, **settings):
    running = Server(program, house, folder, settings)
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def nginx(folder, configuration, **names):
    """An nginx with a configuration of this folder, in which these names are filled in; what it writes for itself lies in
    `folder`."""
    folder.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = (HERE / configuration).read_text()
    for name, value in {
        "PORT": port, "FOLDER": folder, "USER": "user root;" if os.geteuid() == 0 else "", **names,
    }.items():
        text = text.replace(f"@{name}@", str(value))
    (folder / "nginx.conf").write_text(text)
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        wait_for_port(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        end(process, signal.SIGTERM)


@contextmanager
def relay_peer(python):
    """python-socketio on uvicorn, in the Python of the folder that scripts/peers prepares."""
    process = subprocess.Popen([python, HERE / "relay_peer.py"], stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline()
        match = re.match(r"listening on port (\d+)", line)
        if not match:
            raise Failed(f"python-socketio does not start: {line}")
        yield f"http://127.0.0.1:{match.group(1)}"
    finally:
        end(process, signal.SIGTERM)
        process.stdout.close()


def downscale(program):
    """Milliseconds: to halve a screen, and to copy it."""
    match = re.search(r"^REPORT (.*)$", run(program), re.MULTILINE)
    if not match:
        raise Failed(f"{program} reports nothing")
    report = json.loads(match.group(1))
    return report["halving_ms"], report["memcpy_ms"]


def wait_for_port(process, port):
    deadline = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise Failed("nginx does not start")


def load(script, url, connections, seconds, **variables):
    """Runs wrk with a script of `load/`, in one thread: the other processor is for who is measured.

    Returns requests a second and the median latency in seconds. Every answer must be 2xx.
    """
    environment = {"PATH": os.environ["PATH"], "LOAD": str(HERE / "load"), **variables}
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s",
               "-s", str(HERE / "load" / script), url]
    outcome = subprocess.run(command, env=environment, capture_output=True, text=True)
    match = re.search(r"^REPORT (.*)$", outcome.stdout, re.MULTILINE)
    if not match:
        raise Failed(f"wrk reports nothing: {outcome.stdout}{outcome.stderr}")
    report = json.loads(match.group(1))
    if report["errors"]:
        raise Failed(f"{report['requests']} answers to {script}, {report['errors']} failures")
    if not report["requests"]:
        raise Failed(f"no answer to {script} within {seconds} s")
    return report["requests"] / report["seconds"], report["p50"]


def time_parse(files):
    """Seconds that Node takes for the output of cat on these files, parsed, from start to end."""
    start = time.monotonic()
    outcome = subprocess.run(["node", str(HERE / "parse.js"), *map(str, files)], capture_output=True, text=True)
    seconds = time.monotonic() - start
    if outcome.returncode != 0:
        raise Failed(f"Node cannot parse: {outcome.stderr[-500:]}")
    return seconds


def warm(files):
    """Reads the files, so that they are in memory for whoever is measured."""
    for path in files:
        with open(path, "rb", buffering=0) as file:
            while file.read(1 << 22):
                pass


def empty(folder):
    """Gives the disk its space back and lets it come to rest.

    Images are emptied, not removed: after thousands of removals ext4 searches long for a free inode, and whoever is
    measured next would pay for it.
    """
    for entry in os.scandir(folder):
        if entry.name.endswith(".png") and entry.stat().st_size > 0:
            os.truncate(entry.path, 0)
    os.sync()
