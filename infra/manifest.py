"""What a run made, from what, with what: a Frictionless data package beside the outputs."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from layers.checksum import sha256_of

__all__ = [
    "MANIFEST",
    "Group",
    "edited_documents",
    "figure_files",
    "foreign_files",
    "harmed_files",
    "read_files",
    "read_groups",
    "write_manifest",
]

MANIFEST = "manifest.json"
NOT_ONE_TABLE = {".xlsx", ".parquet", ".gpkg"}
DOCUMENTS = {".docx", ".xlsx"}
MEDIA = {
    ".csv": "text/csv", ".json": "application/json", ".geojson": "application/geo+json",
    ".html": "text/html", ".png": "image/png", ".pdf": "application/pdf",
    ".parquet": "application/vnd.apache.parquet", ".tif": "image/tiff",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
# tables that are lists of what stands elsewhere, and have no lineage of their own
PLAIN = {
    "figures": {
        "fig_id": "id printed beside the number", "value": "value as printed", "unit": "unit",
        "low": "low end of its range", "high": "high end of its range", "grade": "evidence grade",
        "table": "scope and table it stands in", "row": "key of its row", "column": "its column",
    },
    "approval_changes": {
        "fig_id": "id printed beside the number", "what": "what it is",
        "approved": "as it was approved", "now": "as it is now",
    },
    "quarantine": {
        "file": "file the row was read from", "src": "first eight digits of its SHA-256",
        "record": "ordinal of the record in the file, from 1",
        "line": "physical line, where the file is delimited text", "reason": "what is wrong with it",
        "column": "column at fault", "value": "value at fault",
    },
}  # fmt: skip
BLOCK_BYTES = 8_000_000  # of a table looked at together
BETWEEN = "\x1f"  # no number holds it
INTEGERS = re.compile(rf"(?:-?(?:0|[1-9]\d{{0,17}}){BETWEEN})*")
NUMBERS = re.compile(rf"(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?{BETWEEN})*")


@dataclass(frozen=True)
class Group:
    """Outputs made together; `key` stands for everything they were made from.

    `parts` are what they were made from, by name, each as a hash.
    """

    name: str
    key: str
    files: tuple[str, ...]
    parts: Mapping[str, str] = field(default_factory=dict)


def _names(paths: Sequence[str]) -> dict[str, str]:
    """Return a name for each path: lower case, digits, `.`, `-` and `_` only, no two alike."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for path in paths:
        plain = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "file"
        name, number = plain, 2
        while name in taken:
            name, number = f"{plain}-{number}", number + 1
        names[path] = name
        taken.add(name)
    return names


Kinds = list[tuple[str, str]]


class _Read:
    """What was read of tables, once: editions share tables, and tables of a folder their lineage.

    Attributes
    ----------
    kinds
        What the columns of a table hold, by its checksum.
    lineage
        What the lineage in a folder tells of its tables, by name.
    """

    def __init__(self) -> None:
        self.kinds: dict[str, Kinds] = {}
        self.lineage: dict[Path, dict[str, dict[str, Any]]] = {}

    def told(self, path: Path) -> tuple[dict[str, Any], dict[str, dict[str, str]]]:
        """Return what the lineage beside a table tells of it and of its columns."""
        if path.stem in PLAIN:
            return {}, {name: {"description": text} for name, text in PLAIN[path.stem].items()}
        if path.parent not in self.lineage:
            try:
                tables = json.loads((path.parent / "lineage.json").read_text(encoding="utf-8"))
            except (OSError, ValueError):
                tables = []
            self.lineage[path.parent] = {table["table"]: table for table in tables}
        table = self.lineage[path.parent].get(path.stem)
        if table is None:
            return {}, {}
        columns = {
            name: {k: str(c[k]) for k in ("description", "unit") if c.get(k)}
            for name, c in table["columns"].items()
        }
        return table, columns


def _resource(
    folder: Path, path: str, name: str, own: str, digest: str | None, read: _Read
) -> dict[str, Any]:
    """Describe a file; a table in CSV also says how it is written and what its fields hold.

    Its checksum is its `own`; a document that somebody edited goes by the `digest` it had when it was made.
    """
    suffix = Path(path).suffix
    described: dict[str, Any] = {
        "name": name,
        "path": path,
        "profile": "data-resource",
        "format": suffix.removeprefix("."),
        "mediatype": MEDIA.get(suffix, "application/octet-stream"),
        "bytes": (folder / path).stat().st_size,
        "hash": f"sha256:{digest or own}",
    }
    if suffix in NOT_ONE_TABLE:
        # a validator would otherwise open the first sheet, or the shapes, as a plain table
        described["type"] = "file"
    if suffix == ".csv":
        table, told = read.told(folder / path)
        fields = [
            {"name": name, "type": kind, **told.get(name, {"description": name})}
            for name, kind in read.kinds[own]
        ]
        if fields:
            if table.get("description"):
                described["description"] = str(table["description"])
            keyed = {"primaryKey": [table["key"]]} if table.get("key") else {}
            described |= {
                "profile": "tabular-data-resource",
                "encoding": "utf-8",
                "dialect": {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "header": True},
                "schema": {"fields": fields, "missingValues": [""], **keyed},
            }  # fmt: skip
    return described


def _kinds(path: Path) -> Kinds:
    """Return the name of each column, and the narrowest type that holds its cells."""
    import pyarrow as pa  # noqa: PLC0415 - where nothing has changed, no table is looked at
    from pyarrow import csv as tables  # noqa: PLC0415

    with path.open(encoding="utf-8", newline="") as stream:
        header = next(csv.reader(stream), [])
    kinds = ["" for _ in header]
    if not header:
        return []
    texts = {f"f{at}": pa.string() for at in range(len(header))}
    reader = tables.open_csv(
        path,
        tables.ReadOptions(autogenerate_column_names=True, block_size=BLOCK_BYTES),
        tables.ParseOptions(newlines_in_values=True),
        tables.ConvertOptions(column_types=texts, strings_can_be_null=False),
    )
    with reader:
        for number, batch in enumerate(reader):
            cells = batch if number else batch.slice(1)  # below the header
            held = (column.unique().to_pylist() for column in cells.columns)
            kinds = [_wider(*pair) for pair in zip(kinds, held, strict=True)]
    return [(name, kind or "string") for name, kind in zip(header, kinds, strict=True)]


def _wider(kind: str, column: Sequence[str]) -> str:
    """Return the narrowest type that holds cells and those before them; blank cells say nothing.

    >>> _wider("", ["1", "", "2.5"]), _wider("", ["1", "07"]), _wider("boolean", ["1"]), _wider("", [""])
    ('number', 'string', 'string', '')
    """
    cells = set(column) - {""}
    if not cells or kind == "string":  # nothing is wider: no other cell need be looked at
        return kind
    joined = BETWEEN.join(cells) + BETWEEN  # one look at all of them at once
    own = (
        "boolean" if cells <= {"true", "false"}
        else "integer" if INTEGERS.fullmatch(joined)
        else "number" if NUMBERS.fullmatch(joined)
        else "string"
    )  # fmt: skip
    if kind in {"", own}:
        return own
    return "number" if {kind, own} == {"integer", "number"} else "string"


def write_manifest(
    folder: Path,
    groups: Sequence[Group],
    about: Mapping[str, Any],
    as_made: Mapping[str, str] | None = None,
    *,
    before: Path | None = None,
    carried: Collection[str] = (),
) -> None:
    """Write `manifest.json` over the files of the groups.

    Parameters
    ----------
    folder
        The folder the groups' paths are relative to.
    groups
        What was made.
    about
        `name`, `title`, `version`, `sources` and `infra` (seed, clock, parameters, versions).
    as_made
        Checksums of documents as infra made them, where somebody has edited them since: the
        manifest goes on knowing that what stands there is theirs.
    before
        The folder of the run before this one.
    carried
        Names of groups whose files are those of that run, unharmed: their checksums, and what their tables
        hold, are what its manifest says.
    """
    made = as_made or {}
    paths = sorted(file for group in groups for file in group.files)
    names = _names(paths)
    read = _Read()
    own: dict[str, str] = {}
    if before is not None and carried:
        held = _carried(before, carried)
        own = {path: digest for path, (digest, _kinds) in held.items() if path in names}
        read.kinds |= {digest: kinds for digest, kinds in held.values() if kinds is not None}
    new = [path for path in paths if path not in own]
    with ThreadPoolExecutor(
        2
    ) as pool:  # hashing lets other threads run, and so does reading a table
        own |= zip(new, pool.map(sha256_of, [folder / path for path in new]), strict=True)
        tables = {own[path]: folder / path for path in paths if Path(path).suffix == ".csv"}
        unread = {digest: path for digest, path in tables.items() if digest not in read.kinds}
        read.kinds |= zip(unread, pool.map(_kinds, unread.values()), strict=True)
    resources = [
        _resource(folder, path, names[path], own[path], made.get(path), read) for path in paths
    ]
    package = {
        "profile": "data-package",
        **{k: about[k] for k in ("name", "title", "version", "sources")},
        "resources": resources,
        "infra": {
            **about["infra"],
            "groups": [
                {"name": g.name, "key": g.key, "files": list(g.files), "parts": dict(g.parts)}
                for g in sorted(groups, key=lambda g: g.name)
            ],
        },
    }
    from infra.write import write_json  # noqa: PLC0415 - as for tables

    write_json(package, folder / MANIFEST)


def _load(out: Path) -> dict[str, Any]:
    try:
        loaded = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _carried(out: Path, groups: Collection[str]) -> dict[str, tuple[str, Kinds | None]]:
    """Return the checksum of each file of some groups, and what the columns of tables hold, as an earlier run wrote."""
    held = _load(out)
    listed = [
        set(g["files"]) for g in held.get("infra", {}).get("groups", []) if g["name"] in groups
    ]
    files: set[str] = set().union(*listed)
    found: dict[str, tuple[str, Kinds | None]] = {}
    for r in held.get("resources", []):
        if r["path"] in files:
            fields = r["schema"]["fields"] if "schema" in r else None
            kinds = None if fields is None else [(f["name"], f["type"]) for f in fields]
            found[r["path"]] = r["hash"].removeprefix("sha256:"), kinds
    return found


def read_groups(out: Path) -> dict[str, Group]:
    """Return the groups of an earlier run whose files are all still there; none where there is no run."""
    groups = _load(out).get("infra", {}).get("groups", [])
    found = (
        Group(str(g["name"]), str(g["key"]), tuple(g["files"]), dict(g.get("parts", {})))
        for g in groups
    )
    return {g.name: g for g in found if all((out / file).is_file() for file in g.files)}


def read_files(out: Path) -> dict[str, str]:
    """Return the checksums of all files of the sources folder at an earlier run."""
    files = _load(out).get("infra", {}).get("files", {})
    return {str(name): str(digest) for name, digest in files.items()}


def _hashes(out: Path) -> dict[str, str]:
    return {r["path"]: r["hash"].removeprefix("sha256:") for r in _load(out).get("resources", [])}


def figure_files(out: Path) -> list[Path]:
    """Return every `figures.csv` of the officer's edition: the others hold redacted values."""
    from layers.disclosure import EDITIONS  # noqa: PLC0415 - with it come libraries that hashing does not need

    held = sorted(out.rglob("figures.csv"))
    return [p for p in held if p.relative_to(out).parts[0] not in EDITIONS]


def edited_documents(out: Path) -> dict[str, str]:
    """Return Word and Excel files that somebody changed, with their checksums as infra made them."""
    return {
        path: digest
        for path, digest in sorted(_hashes(out).items())
        if Path(path).suffix in DOCUMENTS
        and (out / path).is_file()
        and sha256_of(out / path) != digest
    }


def harmed_files(out: Path) -> set[str]:
    """Return outputs other than documents that are not as infra wrote them: they are made again."""
    wanted = {p: d for p, d in _hashes(out).items() if Path(p).suffix not in DOCUMENTS}
    with ThreadPoolExecutor(2) as pool:  # hashing lets other threads run
        found = pool.map(_digest_if_there, [out / path for path in wanted])
        return {p for (p, d), now in zip(wanted.items(), found, strict=True) if now != d}


def _digest_if_there(path: Path) -> str:
    return sha256_of(path) if path.is_file() else ""


def foreign_files(out: Path) -> list[str]:
    """Return files in `out/` that infra did not write: they are somebody's, and are carried over."""
    known = {*_hashes(out), MANIFEST}
    if not out.is_dir():
        return []
    return sorted(
        p.relative_to(out).as_posix()
        for p in out.rglob("*")
        if p.is_file() and p.relative_to(out).as_posix() not in known
    )
