"""Names that try to be code, written into the practice study's own registers, and how each output is read."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
from lxml import etree

SCRIPT = "<script>alert('s')</script>"
PAYLOADS = (
    SCRIPT,
    '"><svg onload=alert(1)><img src=x onerror=alert(2)>',
    '=HYPERLINK("http://bad.example","x")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "-2+3+cmd",
    "{{7*7}}{% include 'x' %}${7*7}<%= 7*7 %>",
    '#panic("t") $x^2$ @ref <l> \\ [y] *b*',
    '{ INCLUDETEXT "c:\\\\x" } { DDEAUTO c:\\\\x }',
    "]]>&xxe;<!ENTITY x SYSTEM 'file:///etc/passwd'>",
    "'); DROP TABLE sites; --",
    "javascript:alert(3)",
    "bell\x07 escape\x1b[31m line\x0b end",
    "right\u202eot tfel\u2066 zero\u200b\ufeff",
)
REGISTERS = (
    "libraries_2016.csv",
    "Hospital_2025.csv",
    "ashmere_council_land_and_assets_2025-06-30.csv",
)
NAMED = {"name", "PropertyName", "OrganisationName"}
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
# the sums of our own workbooks: a condition, or one column of one sheet
FORMULAS = re.compile(r"=SUMIFS\(|=IF\(|=SUM\([A-Z]+\d+:[A-Z]+\d+\)$")
FIELDS = {"TOC", "SEQ", "PAGE", "NUMPAGES"}


def poison(study: Path) -> int:
    """Give the places of three registers hostile names; return how many."""
    many = 0
    for path in sorted((study / "sources").rglob("*.csv")):
        if path.name not in REGISTERS:
            continue
        raw = path.read_bytes()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252")
        between = max(",\t\u00ac", key=text.partition("\n")[0].count)
        rows = list(csv.reader(io.StringIO(text), delimiter=between))
        at = [i for i, head in enumerate(rows[0]) if head in NAMED]
        for number, row in enumerate(rows[1:]):
            if len(row) == len(rows[0]):
                row[at[0]] = f"{PAYLOADS[number % len(PAYLOADS)]} {number}"
                many += 1
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, delimiter=between).writerows(rows)
    return many


def told(names: Iterable[str]) -> set[str]:
    """Return the hostile names that stand among names, without what acts in them."""
    plain = [_plain(name) for name in names]
    return {p for p in PAYLOADS if any(n.startswith(_plain(p)) for n in plain)}


def _plain(name: str) -> str:
    bare = re.sub("[\u200b\ufeff]", "", CONTROL.sub("", name)).removeprefix("'")
    return re.sub(r"\s", "", bare)


class _Page(HTMLParser):
    """Elements and attributes of a page that could run something."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name.startswith("on") or (value or "").strip().lower().startswith("javascript:"):
                self.faults.append(f"<{tag} {name}={value}>")
        if tag in {"iframe", "object", "embed", "base"}:
            self.faults.append(f"<{tag}>")


def html_faults(path: Path) -> list[str]:
    page = _Page()
    text = path.read_text(encoding="utf-8")
    page.feed(text)
    faults = page.faults + [
        s for s in (SCRIPT, "</script>alert", "<svg onload", "<img src=x") if s in text
    ]
    return faults + (["{{7*7}} was evaluated"] if re.search(r"(?<!\d)4949|49\{%", text) else [])


def csv_faults(path: Path) -> list[str]:
    faults = []
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.reader(stream):
            for cell in row:
                number = re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", cell, re.IGNORECASE)
                if cell[:1] in {"=", "+", "-", "@", "\t"} and not number:
                    faults.append(cell)
                if CONTROL.search(cell):
                    faults.append(repr(cell))
    return faults


def xlsx_faults(path: Path) -> list[str]:
    book = openpyxl.load_workbook(path)
    faults = [f"{s.title} is {s.sheet_state}" for s in book if s.sheet_state != "visible"]
    faults += [
        f"defined name {name}" for name in book.defined_names if not name.startswith("_xlnm")
    ]
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.hyperlink is not None or cell.comment is not None:
                    faults.append(f"{cell.coordinate} links or remarks")
                if cell.data_type == "f" and not FORMULAS.match(str(cell.value)):
                    faults.append(str(cell.value))
                if isinstance(cell.value, str) and CONTROL.search(cell.value):
                    faults.append(repr(cell.value))
    with zipfile.ZipFile(path) as archive:
        faults += [
            n
            for n in archive.namelist()
            if re.search(r"vba|external|connection|embed", n, re.IGNORECASE)
        ]
    return faults


def docx_faults(path: Path) -> list[str]:
    faults = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.endswith((".xml", ".rels")):
                continue
            text = archive.read(name).decode()
            root = etree.fromstring(text.encode())
            for node in root.iter():
                local = etree.QName(node).localname if isinstance(node.tag, str) else ""
                if local == "instrText" and node.text.split()[0] not in FIELDS:
                    faults.append(node.text)
                if local == "Relationship" and node.get("TargetMode") == "External":
                    faults.append(str(node.get("Target")))
            if CONTROL.search(text.replace("\n", "").replace("\r", "")):
                faults.append(f"control character in {name}")
    return faults


def pdf_faults(data: bytes) -> list[str]:
    return [
        s.decode()
        for s in (b"/JavaScript", b"/JS ", b"/Launch", b"/URI", b"/EmbeddedFile")
        if s in data
    ]


def gpkg_faults(path: Path) -> list[str]:
    faults = []
    with sqlite3.connect(path) as held:
        tables = [n for (n,) in held.execute("select name from sqlite_master where type='table'")]
        triggers = held.execute(
            "select name, sql from sqlite_master where type='trigger'"
        ).fetchall()
        faults += [name for name, sql in triggers if "alert" in sql or "DROP" in sql]
        for table in tables:
            names = [row[1] for row in held.execute(f'pragma table_info("{table}")')]
            for row in held.execute(f'select * from "{table}"'):
                faults += [
                    f"{table}.{name}: {value!r}"
                    for name, value in zip(names, row, strict=True)
                    if isinstance(value, str)
                    and CONTROL.search(value.replace("\n", "").replace("\r", ""))
                ]
                if table == "layer_styles":
                    for value in row:
                        if isinstance(value, str) and value.lstrip().startswith("<"):
                            etree.fromstring(value.encode())
    held.close()
    return faults


def json_faults(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    json.loads(text)
    return [repr(found) for found in CONTROL.findall(text.replace("\n", ""))]


# Every kind of file that can be opened by something that acts on what it holds.
READERS = {
    ".html": html_faults,
    ".csv": csv_faults,
    ".xlsx": xlsx_faults,
    ".docx": docx_faults,
    ".pdf": lambda path: pdf_faults(path.read_bytes()),
    ".gpkg": gpkg_faults,
    ".json": json_faults,
    ".geojson": json_faults,
}
