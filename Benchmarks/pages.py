"""What the screens show: pages for Chromium and text for terminals, of words, code and pictures that Debian has. A page is
a dictionary of HTML by file name, of which page.html comes first; what is drawn by chance is the same each time."""

import glob
import html
import os
import re
from pathlib import Path
from random import Random

from programs import Failed, output

WALLPAPERS = Path("/usr/share/wallpapers")
PROSE = Path("/usr/share/common-licenses/GPL-3")
PART = re.compile(r'''(?P<comment>#[^\n]*)|(?P<string>""".*?"""|'[^'\n]*'|"[^"\n]*")|(?P<number>\b\d+\b)|'''
                  r"(?P<keyword>\b(?:and|as|break|class|def|elif|else|except|False|for|from|if|import|in|is|None|not|or|"
                  r"raise|return|True|try|while|with)\b)", re.DOTALL)
PICTURES = ("EveningGlow", "ColorfulCups", "BytheWater", "FallenLeaf", "Kite", "OneStandsOut")
FOLDER = "<svg width=16 height=16><path fill=#54aeff d='M1 3h5l2 2h7v9H1z'/></svg>"
FILE = "<svg width=16 height=16><path fill=none stroke=#59636e d='M3.5 1.5h6l3 3v10h-9z'/></svg>"
TERMINAL = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TERM": "xterm"}
COLOURS = {"keyword": 35, "string": 32, "comment": 36, "number": 33}
LEVELS = (("INFO", 32), ("INFO", 32), ("DEBUG", 34), ("WARN", 33), ("ERROR", "1;31"))


class Text:
    """Passages of the GNU General Public License and of Python's library."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.words = re.findall(r"[A-Za-z][a-z',;-]+", PROSE.read_text(encoding="utf-8"))

    def some(self, count):
        start = self.random.randrange(len(self.words) - count)
        return " ".join(self.words[start:start + count])

    def title(self, count=3):
        return re.sub("[,;]", "", self.some(count)).capitalize()

    def name(self):
        return self.random.choice(self.words).strip(",;'").lower()

    def code(self, count):
        lines = code()
        start = self.random.randrange(len(lines) - count)
        return "\n".join("".join(map(marked, line)) for line in lines[start:start + count])


def library():
    """Python's, of Debian."""
    found = sorted(glob.glob("/usr/lib/python3*/argparse.py"))
    if not found:
        raise Failed("Python's library is not in /usr/lib/python3*")
    return Path(found[0]).parent


def code():
    """A module of it: of each line its parts as an editor colours them, each with its kind, or none."""
    lines = [[]]
    for kind, text in parts((library() / "argparse.py").read_text(encoding="utf-8")):
        first, *others = text.split("\n")
        lines[-1].append((kind, first))
        lines += [[(kind, other)] for other in others]
    return lines


def parts(source):
    end = 0
    for match in PART.finditer(source):
        yield None, source[end:match.start()]
        yield match.lastgroup, match.group()
        end = match.end()
    yield None, source[end:]


def marked(part):
    kind, text = part
    return f"<span class={kind}>{html.escape(text)}</span>" if kind else html.escape(text)


def image(name, css_class="", style=""):
    folder = WALLPAPERS / name / "contents/images"
    found = sorted(folder.glob("2560x1600.*")) + sorted(folder.glob("5120x2880.*"))
    if not found:
        raise Failed(f"there is no wallpaper in {folder}; scripts/bootstrap --bench installs it")
    return f"<img decoding=sync class='{css_class}' style='{style}' src='{found[0].as_uri()}'>"


# MARK: Pages


def project():
    """A project's page: a list of files, cards with pictures and shadows, people."""
    text = Text("project")
    files = "".join(
        f"<div>{FOLDER if number < 6 else FILE}<a>{text.name()}{'' if number < 6 else '.swift'}</a>"
        f"<small>{text.title(7)}</small><small>{number + 2} days ago</small></div>" for number in range(16))
    cards = "".join(
        f"<div class=card>{image(PICTURES[number % 6], style=f'object-position: 50% {number * 13 % 100}%')}"
        f"<h3><a>{text.title()}</a></h3><p>{text.some(22)}.</p><small>{text.name()} · {number * 7 + 3}</small></div>"
        for number in range(12))
    people = "".join(
        image(PICTURES[number % 6], "round", f"object-position: {number * 29 % 100}% {number * 17 % 100}%")
        for number in range(24))
    side = "".join(f"<h3>{text.title(2)}</h3><p>{text.some(30)}.</p><p><a>{text.title()}</a></p>" for _ in range(6))
    return {"page.html": f"""
        <div class=top><b>{text.title(2)}</b><span class=search>Search</span><span>Code</span><span>Issues 42</span>
        <span>Discussions</span><span class=button>New</span></div>
        <div class=columns><main><h2>{text.title(4)}</h2><p>{text.some(40)}.</p>
        <div class=files><div><span></span><b>main</b><small>{text.title(6)}</small><small>today</small></div>{files}</div>
        <div class=cards>{cards}</div></main>
        <aside><p><span class=button>Download</span></p>{side}<h3>People</h3>{people}</aside></div>"""}


def manual():
    """A page of documentation: chapters at the left, text with code in it."""
    text = Text("manual")
    chapters = "".join(f"<p><a>{number // 6 + 1}.{number % 6 + 1} {text.title()}</a></p>" for number in range(90))
    sections = "".join(
        f"<h2>{text.title(4)}</h2><p>{text.some(60)} <code>{text.name()}()</code> {text.some(30)}.</p>"
        f"<pre>{text.code(14)}</pre><p>{text.some(35)}.</p>" for _ in range(8))
    here = "".join(f"<p><small>{text.title()}</small></p>" for _ in range(14))
    return {"page.html": f"<div class=manual><nav>{chapters}</nav><main><h1>{text.title()}</h1>{sections}</main>"
                         f"<aside>{here}</aside></div>"}


def desktop(wallpaper):
    """A wallpaper, a browser's window on it, and a panel."""
    icons = "".join(
        f"<i style='background: linear-gradient(hsl({hue}, 70%, 60%), hsl({hue + 30}, 75%, 38%))'></i>"
        for hue in range(0, 360, 40))
    return {"page.html": f"""
        {image(wallpaper, "whole")}<div class=window><header>{Text("window").title()}</header>
        <iframe src=project.html></iframe></div><div class=panel>{icons}<span>17:25</span></div>""",
            "project.html": project()["page.html"]}


def photo(name, style=""):
    return {"page.html": image(name, "whole", style)}


def blank():
    return {"page.html": "<body style='background: #2e4a62'>"}


# MARK: Text for terminals


def ansi(colour, text):
    return f"\033[{colour}m{text}\033[0m"


def listing(count):
    """Code with the numbers of its lines, coloured."""
    return "\n".join(
        ansi(90, f"{number:4} ") + "".join(ansi(COLOURS[kind], text) if kind else text for kind, text in line)
        for number, line in enumerate(code()[700:700 + count], 701))


def log(count):
    text = Text("log")

    def line(number):
        level, colour = text.random.choice(LEVELS)
        time = ansi(90, f"17:{number // 60 % 60:02}:{number % 60:02}")
        return (f"{time} {ansi(colour, f'{level:5}')} {ansi(36, text.name())}: {text.some(6)} "
                f"id={text.random.randrange(10**6)}")

    return "\n".join(map(line, range(count)))


def folder(count):
    """What ls says of Python's library."""
    return "\n".join(output("ls", "-l", "--color=always", library(), env=TERMINAL).decode().splitlines()[-count:])


def plain(text):
    return re.sub("\033\\[[0-9;]*m", "", text)
