"""What TrackerTUI capture costs against other makers' programs on the same screens: prints a table, and ends with 1 when a
row misses its target.

make bench-capture, or: python3 Benchmarks/capture.py [--only browser,docs] [--rounds 9] [--program PATH] [--keep FOLDER]

Each program writes the whole screen to a PNG file with its default options. What counts is the processor time of the whole
process, of user and system, start and end included; the programs take turns, ours before each other, and medians count. On
the browser screen there is also what a capture costs the running client, whose display is open.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from programs import PYTHON, Failed, output
from report import Row, print_table, say
from screens import ENVIRONMENT, SCREENS, pixels

REPOSITORY = Path(__file__).resolve().parent.parent
PEERS = ("scrot", "maim", "python-mss", "import")
MSS = "import mss, sys; mss.mss().shot(mon=-1, output=sys.argv[1])"
KEPT_MSS = """
import mss, mss.tools, statistics, time
def milliseconds(screen):
    start = time.process_time()
    shot = screen.grab(screen.monitors[0])
    mss.tools.to_png(shot.rgb, shot.size)
    return (time.process_time() - start) * 1000
with mss.mss() as screen:
    print(statistics.median(milliseconds(screen) for _ in range(7)))
"""
ENCODE_TARGET = 12
MEMORY_TARGET = 8
CLIENT_TARGETS = {"changed": 8, "unchanged": 0.2}


@dataclass
class Target:
    """What is wanted on a screen: at least so many times the processor time in each of PEERS, if any; at most so many times
    the bytes of the smallest of their files, and of scrot's."""

    times: tuple
    of_smallest: float
    of_scrot: float | None = None


PAGE = Target((8, 12, 15, 18), 1)
DESKTOP = Target((4.5, 9, 10, 16), 1)
FLAT = Target((6, 8, 12, 10), 1.05)
PHOTO = Target((6, 15, 5, 8), 1.1, 1)
LARGE = Target((5, None, None, None), 1)
TARGETS = {"browser": PAGE, "docs": PAGE, "terminal": PAGE, "desktop": DESKTOP, "two": FLAT, "blank": FLAT,
           "photo": PHOTO, "soft": PHOTO}


def target(screen):
    return LARGE if screen.height > 1080 else TARGETS[screen.name.split("-")[0]]


@dataclass
class Measurement:
    """Of each program on one screen the processor time in milliseconds and the bytes."""

    screen: object
    times: dict
    sizes: dict

    HEAD = ("screen", "ours", *(f"{peer}/ours" for peer in PEERS), "bytes", "ours/smallest", "ours/scrot", "")

    def checks(self):
        """Each ratio that the table shows, with whether it is what is wanted."""
        wanted = target(self.screen)
        for peer, least in zip(PEERS, wanted.times):
            yield check(f"{self.times[peer] / self.times['ours']:.1f}", least, at_least=True)
        smallest = min(self.sizes[peer] for peer in PEERS)
        yield check(f"{self.sizes['ours'] / smallest:.3f}", wanted.of_smallest)
        yield check(f"{self.sizes['ours'] / self.sizes['scrot']:.3f}", wanted.of_scrot)

    def passed(self):
        return all(passed for _, passed in self.checks())

    def cells(self):
        shown = [text for text, _ in self.checks()]
        return (self.screen.name, f"{self.times['ours']:.1f} ms", *shown[:4], f"{self.sizes['ours']:,}", *shown[4:],
                "pass" if self.passed() else "FAIL")


def check(shown, wanted, *, at_least=False):
    """A number as it is shown, with what is wanted of it beside."""
    if wanted is None:
        return shown, True
    passed = float(shown) >= wanted if at_least else float(shown) <= wanted
    relation = {(True, True): ">=", (True, False): "<", (False, True): "<=", (False, False): ">"}[at_least, passed]
    return f"{shown} {relation} {wanted:g}", passed


class Bench:
    def __init__(self, options, folder):
        self.program, self.rounds, self.keep, self.folder = options.program, options.rounds, options.keep, folder

    def rows(self, screen):
        """The screen's measurement, and what else is measured on it."""
        with screen.shown(self.folder) as display:
            files = {name: self.folder / f"{screen.name}-{name}.png" for name in ("ours", *PEERS)}
            yield Measurement(screen, self.times(files, display),
                              {name: file.stat().st_size for name, file in files.items()})
            shown = pixels(files["scrot"])
            words = self.folder / f"{screen.name}-{screen.size}.bgrx"
            words.write_bytes(shown)
            if self.keep:
                for file in (words, *files.values()):
                    shutil.copy(file, self.keep)
            if pixels(files["ours"]) != shown:
                raise Failed("the picture is not the same as scrot's")
            if screen.name == "browser":
                yield encode_row(self.program.parent / "EncodeBenchmark", screen, words)
                yield from client_rows(self.program.parent / "CaptureBenchmark", screen, display)
            if screen.height == 2160:
                yield self.memory_row(screen, files["ours"], display)

    def times(self, files, display):
        commands = {
            "ours": [self.program, "capture"],
            "scrot": ["scrot"],
            "maim": ["maim"],
            "python-mss": [PYTHON, "-c", MSS],
            "import": ["import", "-window", "root"],
        }
        times = {name: [] for name in commands}

        def measure(name):
            # Nobody has to look after an old file; scrot would write beside it.
            files[name].unlink(missing_ok=True)
            times[name].append(processor_time([*commands[name], files[name]], display))

        for _ in range(self.rounds + 1):
            for peer in PEERS:
                measure("ours")
                measure(peer)
        # The first round warms up.
        return {name: median(values[len(values) // (self.rounds + 1):]) for name, values in times.items()}

    def memory_row(self, screen, file, display):
        def peak(*options):
            return median(peak_memory([self.program, "capture", *options, file], display, self.folder) for _ in range(3))

        whole, pixel = peak(), peak("--region", "1x1+0+0")
        extra = whole - pixel
        return Row(f"peak memory of a capture, {screen.name}", f"{whole:.1f} MB", f"{pixel:.1f} MB", f"+{extra:.1f} MB",
                   f"<= {MEMORY_TARGET} MB", extra <= MEMORY_TARGET, "a capture of one pixel")


def start(command, display):
    return subprocess.Popen(command, env={**ENVIRONMENT, "DISPLAY": display}, cwd="/",
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def processor_time(command, display):
    """Milliseconds of user and system, from the start of the process to its end."""
    process = start(command, display)
    errors = process.stderr.read().decode(errors="replace")
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failed(f"{command[0]} ends with {process.returncode}: {errors[-300:]}")
    return (usage.ru_utime + usage.ru_stime) * 1000


def peak_memory(command, display, folder):
    """Megabytes that were resident at most. Not asked for here: a child would begin with what this Python has."""
    report = folder / "peak"
    processor_time(["/usr/bin/time", "-f", "%M", "-o", report, *command], display)
    return int(report.read_text()) / 1024


def reported(pattern, command, **options):
    """What the pattern finds in what one of our benchmarks prints."""
    if not command[0].exists():
        raise Failed(f"{command[0]} does not exist; make bench-capture builds it")
    outcome = subprocess.run(command, capture_output=True, text=True, **options)
    match = re.search(pattern, outcome.stdout)
    if not match:
        raise Failed(f"{command[0]} reports nothing: {outcome.stdout}{outcome.stderr}")
    return match.groups()


def encode_row(program, screen, words):
    """The encoder without the rest, against libpng with its defaults, on the same pixels in memory."""
    command = [program, str(screen.width), str(screen.height), words]
    libpng, ours = map(float, reported(r" libpng ([\d.]+) ms .*\| ours ([\d.]+) ms", command))
    return Row(f"encoder alone, {screen.name}", f"{ours:.2f} ms", f"{libpng:.2f} ms", f"{libpng / ours:.1f}",
               f">= {ENCODE_TARGET}", libpng / ours >= ENCODE_TARGET, "libpng with its defaults")


def client_rows(program, screen, display):
    """A capture as the running client takes it, on a display that is open, from the question to the X server to the bytes of
    the file; against python-mss in a process that stays. It does the same whether anything was drawn or not."""
    environment = {**ENVIRONMENT, "DISPLAY": display}
    ours = json.loads(reported(r"REPORT (.*)", [program], env=environment)[0])
    kept = float(output(PYTHON, "-c", KEPT_MSS, env=environment))
    for name, most in CLIENT_TARGETS.items():
        own = ours[f"{name}_ms"]
        yield Row(f"running client, {screen.name} {name}", f"{own:.2f} ms", f"{kept:.1f} ms", f"{kept / own:.0f}",
                  f"<= {most} ms", own <= most, "python-mss in a process that stays")


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    names = [screen.name for screen in SCREENS]
    parser.add_argument("--only", default=",".join(names), help=f"screens, separated by commas, of {', '.join(names)}")
    parser.add_argument("--rounds", default=9, type=int, help="in each of them all programs take their turn")
    parser.add_argument("--program", default=REPOSITORY / ".build/release/TrackerTUI", type=Path,
                        help="with EncodeBenchmark and CaptureBenchmark beside it")
    parser.add_argument("--keep", type=Path, metavar="FOLDER",
                        help="gets the pictures, and each screen as four bytes a pixel: blue, green, red, any")
    options = parser.parse_args()
    options.only = options.only.split(",")
    unknown = [name for name in options.only if name not in names]
    if unknown:
        parser.error(f"there are no screens {', '.join(unknown)}; there are {', '.join(names)}")
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    if not options.program.exists():
        parser.error(f"{options.program} does not exist; make bench-capture builds it")
    options.program = options.program.absolute()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    return options


def main():
    options = parse_options()
    measurements, further, failures = [], [], []
    with tempfile.TemporaryDirectory(prefix="bench-capture-") as name:
        bench = Bench(options, Path(name))
        for screen in SCREENS:
            if screen.name not in options.only:
                continue
            say(f"measuring {screen.name}")
            try:
                for row in bench.rows(screen):
                    (further if isinstance(row, Row) else measurements).append(row)
                    say("  " + ", ".join(filter(None, row.cells())))
            except Failed as failure:
                failures.append(f"FAIL {screen.name}: {failure}")
                say(f"  {failures[-1]}")
    print_table([Measurement.HEAD] + [row.cells() for row in measurements])
    if further:
        print()
        print_table([Row.HEAD] + [row.cells() for row in further])
    print("\n".join(failures))
    passed = all(row.passed() for row in measurements) and all(row.passed for row in further) and not failures
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
