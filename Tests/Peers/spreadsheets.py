"""Reads a report's CSV with other makers' readers, and compares it with the report's JSON.

    spreadsheets.py REPORT.json REPORT.csv REPORT_WITH_BYTE_ORDER_MARK.csv READER...

The readers are csv, which is Python's, pandas, Miller and LibreOffice. Prints every difference, and ends with 1 when there is
one.
"""

import csv
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import pandas


def text(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def shown(value):
    """A text that people wrote, as CSV has it."""
    return "'" + value if value[:1] in ("=", "+", "-", "@", "\t", "\r") and value else value


def expected(report):
    head = ["employeeId", "name", "registered"] + [name for name in report["employees"][0]["rows"][0]]
    rows = [head]
    for employee in report["employees"]:
        own = [shown(employee["employeeId"]), shown(employee["name"]), text(employee["registered"])]
        rows += [own + [text(value) for value in row.values()] for row in employee["rows"]]
    return rows


def by_csv(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file, strict=True))


def by_pandas(path):
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    return [list(frame.columns)] + frame.values.tolist()


def by_miller(path):
    answer = subprocess.run(["mlr", "--icsv", "--ojson", "-S", "cat", path], capture_output=True, check=True).stdout
    records = json.loads(answer)
    return [list(records[0])] + [[text(value) for value in record.values()] for record in records]


def by_libreoffice(path):
    """What LibreOffice has in its cells, written by it as CSV again, every cell as it shows it. Its dialog takes a file with
    a byte order mark for UTF-8 (76); without its dialog it has to be told."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless",
                        "--infilter=Text - txt - csv (StarCalc):44,34,76,1", "--convert-to",
                        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false", "--outdir", folder, path],
                       capture_output=True, check=True, env=dict(os.environ, LC_ALL="C.UTF-8"))
        written = (pathlib.Path(folder) / pathlib.Path(path).name).read_bytes().decode("utf-8-sig")
        return list(csv.reader(io.StringIO(written, newline=""), strict=True))


def same(name, cell, want):
    if name in ("Miller", "LibreOffice"):
        # Line breaks within a cell are theirs.
        want = want.replace("\r\n", "\n")
    if name == "LibreOffice" and cell != want:
        # A cell that looks like a number or a truth is one.
        try:
            return float(cell) == float(want)
        except ValueError:
            return want in ("true", "false") and cell == want.upper()
    return cell == want


def main():
    report, plain, marked, *names = sys.argv[1:]
    wanted = expected(json.load(open(report, encoding="utf-8")))
    readers = {"csv": [(by_csv, plain)], "pandas": [(by_pandas, plain), (by_pandas, marked)],
               "Miller": [(by_miller, marked)], "LibreOffice": [(by_libreoffice, marked)]}
    found = 0
    for name, reader, path in [(name, *way) for name in names for way in readers[name]]:
        rows = reader(path)
        for number, (row, want) in enumerate(zip(rows, wanted)):
            if len(row) != len(want) or not all(same(name, *cells) for cells in zip(row, want)):
                print(f"{name}, row {number}: {row} instead of {want}")
                found += 1
        if len(rows) != len(wanted):
            print(f"{name}: {len(rows)} rows instead of {len(wanted)}")
            found += 1
        print(f"{name}: {len(rows)} rows")
    sys.exit(1 if found else 0)


main()
