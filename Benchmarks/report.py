"""How the benchmarks speak: progress to standard error, tables to standard output."""

import sys
from dataclasses import dataclass


@dataclass
class Row:
    """One line of the table."""

    name: str
    measured: str
    compared: str
    ratio: str
    target: str
    passed: bool
    against: str

    HEAD = ("row", "measured", "compared", "ratio", "target", "", "compared with")

    def cells(self):
        return (self.name, self.measured, self.compared, self.ratio, self.target, "pass" if self.passed else "FAIL",
                self.against)


def say(text):
    print(text, file=sys.stderr, flush=True)


def print_table(lines):
    """Lines of cells; the first is the head."""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
