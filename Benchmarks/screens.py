"""The screens to be captured, each on an X server of its own: pages as Chromium shows them on the root window, xterms before
them."""

import os
import signal
import struct
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import pages
from programs import Failed, end, output

STYLE = Path(__file__).resolve().parent / "page.css"
# So that neither a language nor settings of this account show.
ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": "/nonexistent"}


@dataclass
class Screen:
    """What is on a screen: a page, of `pages`; of each xterm its options and its text."""

    name: str
    width: int = 1920
    height: int = 1080
    page: Callable | None = None
    terminals: Callable | None = None

    @property
    def size(self):
        return f"{self.width}x{self.height}"

    @property
    def scale(self):
        """Text and pictures are of twice the size where a desktop would have them so."""
        return 2 if self.width >= 3840 else 1

    @contextmanager
    def shown(self, folder):
        """The name of a display that shows this screen; files are left in `folder`."""
        with ExitStack() as cleanup:
            display = cleanup.enter_context(x_server(self.size, folder))
            if self.page:
                show(picture_of_page(self, folder), display, folder)
            if self.terminals:
                for number, (options, text) in enumerate(self.terminals(self)):
                    cleanup.enter_context(xterm(display, folder / f"xterm-{number}", options, text))
                wait_until_still(display, folder)
            yield display


@contextmanager
def x_server(size, folder):
    """The name of a display; 24 bits a pixel."""
    ours, theirs = os.pipe()
    with open(folder / "Xvfb.log", "w", encoding="utf-8") as log:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(theirs), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=[theirs], stdout=log, stderr=log)
    os.close(theirs)
    try:
        with os.fdopen(ours) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise Failed(f"Xvfb does not start: {(folder / 'Xvfb.log').read_text()[-300:]}")
        yield f":{number}"
    finally:
        end(server, signal.SIGTERM)


def picture_of_page(screen, folder):
    """A PNG file of the screen's page, as large as the screen."""
    for name, body in screen.page().items():
        (folder / name).write_text(
            f"<!doctype html><meta charset=utf-8><style>{STYLE.read_text()}</style>{body}", encoding="utf-8")
    picture = folder / "page.png"
    output("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
           f"--user-data-dir={folder}/chromium", f"--force-device-scale-factor={screen.scale}",
           f"--window-size={screen.width // screen.scale},{screen.height // screen.scale}", f"--screenshot={picture}",
           (folder / "page.html").as_uri(), env=ENVIRONMENT)
    size = "{}x{}".format(*struct.unpack(">II", picture.read_bytes()[16:24]))
    if size != screen.size:
        raise Failed(f"Chromium's picture of {screen.name} is {size} instead of {screen.size}")
    return picture


def show(picture, display, folder):
    """Makes it the root window's background. ImageMagick's display ends with 1 even when it has done so: the pixels tell."""
    subprocess.run(["display", "-window", "root", picture], env={**ENVIRONMENT, "DISPLAY": display},
                   stderr=subprocess.DEVNULL, timeout=120)
    if pixels(picture) != pixels(scrot(display, folder)):
        raise Failed(f"the display does not show {picture.name} as it is")


@contextmanager
def xterm(display, file, options, text):
    """An xterm in which `text` has been written."""
    ready = Path(f"{file}-ready")
    file.write_text(text, encoding="ascii", errors="replace")
    process = subprocess.Popen(
        ["xterm", "+sb", "-bw", "0", *options, "-e", "sh", "-c", 'cat "$0"; : >"$1"; exec sleep 100000', file, ready],
        env={**ENVIRONMENT, "DISPLAY": display}, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed("xterm does not show its text")
            time.sleep(0.02)
        yield
    finally:
        ready.unlink(missing_ok=True)
        end(process, signal.SIGTERM)


def wait_until_still(display, folder):
    """Until two pictures in a row are the same: an xterm draws a while after it has read."""
    earlier = None
    for _ in range(40):
        time.sleep(0.5)
        now = scrot(display, folder).read_bytes()
        if now == earlier:
            return
        earlier = now
    raise Failed("the screen does not come to rest")


def scrot(display, folder):
    picture = folder / "scrot.png"
    output("scrot", "--overwrite", picture, env={**ENVIRONMENT, "DISPLAY": display})
    return picture


def pixels(picture):
    """Those of a PNG file, four bytes each: blue, green, red, any."""
    return output("convert", picture, "-alpha", "off", "-depth", "8", "bgra:-")


@dataclass
class Font:
    """One of xterm's, and the size of its characters."""

    options: tuple
    width: int
    height: int


FIXED = Font(("-fn", "fixed"), 6, 13)
SMOOTH = Font(("-fa", "DejaVu Sans Mono", "-fs", "9"), 8, 15)
DARK = ("-bg", "black", "-fg", "#d0d0d0")
LIGHT = ("-bg", "white", "-fg", "black")


def side_by_side(font, theme, change=str):
    """Three xterms from the left to the right; X cuts what does not fit."""
    def terminals(screen):
        width, rows = screen.width // 3, screen.height // font.height + 1
        for number, text in enumerate((pages.listing(rows), pages.log(rows), pages.folder(rows))):
            place = f"{width // font.width}x{rows}+{number * width}+0"
            yield (*font.options, *theme, "-geometry", place), change(text)
    return terminals


def one_before(screen):
    """An xterm before a desktop, at its right."""
    font = ("-fa", "DejaVu Sans Mono", "-fs", str(10 * screen.scale))
    place = f"84x32+{screen.width * 53 // 100}+{screen.height * 40 // 100}"
    yield (*font, "-bg", "#1d1f21", "-fg", "#c5c8c6", "-geometry", place), pages.listing(60)


def desktop(name, width, height, wallpaper):
    return Screen(name, width, height, lambda: pages.desktop(wallpaper), one_before)


def photo(name, *picture):
    return Screen(name, page=lambda: pages.photo(*picture))


SCREENS = [
    Screen("browser", page=pages.project),
    Screen("docs", page=pages.manual),
    Screen("terminal", terminals=side_by_side(SMOOTH, DARK)),
    Screen("terminal-bitmap", terminals=side_by_side(FIXED, DARK)),
    desktop("desktop", 1920, 1080, "EveningGlow"),
    desktop("desktop-drawn", 1920, 1080, "Volna"),
    Screen("two-colours", terminals=side_by_side(FIXED, LIGHT, pages.plain)),
    Screen("blank", page=pages.blank),
    photo("photo-leaves", "OneStandsOut"),
    photo("photo-boats", "EveningGlow"),
    photo("photo-forest", "Path"),
    photo("soft-autumn", "FallenLeaf"),
    photo("soft-lake", "summer_1am"),
    photo("soft-blurred", "EveningGlow", "filter: blur(6px); transform: scale(1.03)"),
    Screen("browser-1440", 2560, 1440, pages.project),
    Screen("docs-1440", 2560, 1440, pages.manual),
    desktop("desktop-1440", 2560, 1440, "EveningGlow"),
    Screen("browser-2160", 3840, 2160, pages.project),
    Screen("docs-2160", 3840, 2160, pages.manual),
    desktop("desktop-2160", 3840, 2160, "EveningGlow"),
]
