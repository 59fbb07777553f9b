"""Evidence to and from a folder: Parquet for frames, JSON for the rest, nothing pickled."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from layers.errors import Fault
from layers.evidence import Evidence
from layers.gather import FileFate
from layers.heights import HeightFile, Heights
from layers.lineage import Column, Table
from layers.schemas import Checked
from layers.source import Layer, Quality, SourceFile
from layers.streets import Streets
from layers.terrain import Terrain, Tile

__all__ = ["load", "save"]

ABOUT = "evidence.json"


def _write(frame: pd.DataFrame, folder: Path, name: str) -> None:
    # looking for repeats in numbers only takes time, and LZ4 takes the least; who else reads it is infra
    text = [str(c) for c in frame if not pd.api.types.is_float_dtype(frame[c].dtype)]
    frame.to_parquet(
        folder / f"{name}.parquet", index=False, compression="lz4", use_dictionary=text
    )


def _read(folder: Path, name: str, but: Collection[str] = ()) -> pd.DataFrame:
    """Read a frame, but for some columns."""
    path = folder / f"{name}.parquet"
    import pyarrow.parquet as pq  # noqa: PLC0415

    schema = pq.read_schema(path)
    read = gpd.read_parquet if b"geo" in (schema.metadata or {}) else pd.read_parquet
    columns = [c for c in schema.names if c not in but] if but else None
    frame: pd.DataFrame = read(path, columns=columns)
    return frame


def _keys(sources: tuple[SourceFile, ...]) -> list[str]:
    return [source.path for source in sources]


def _quality(item: Quality) -> dict[str, Any]:
    return {
        "source": item.source.path, "rows_in": item.rows_in, "used": item.used,
        "set_aside": dict(item.set_aside), "quarantined": dict(item.quarantined), "notes": list(item.notes),
    }  # fmt: skip


def _rasters(value: Terrain | Heights, root: Path) -> dict[str, Any]:
    """Describe rasters, which stay where they are: paths are kept relative to the study."""
    held = value.tiles if isinstance(value, Terrain) else value.files
    files = [
        {**asdict(item), "path": Path(os.path.relpath(item.path, root)).as_posix()} for item in held
    ]
    about = {"files": files, "sources": _keys(value.sources), "notes": list(value.notes)}
    return about | ({"kind": value.kind} if isinstance(value, Heights) else {})


def _describe(name: str, value: Any, folder: Path, root: Path) -> Any:
    """Write one field's frames and return the rest of it as plain data."""
    if isinstance(value, Layer):
        _write(value.frame, folder, name)
        return {
            "name": value.name,
            "sources": _keys(value.sources),
            "quality": [_quality(q) for q in value.quality],
            "notes": list(value.notes),
        }
    if isinstance(value, Table):
        _write(value.frame, folder, name)
        return {
            "name": value.name, "key": value.key, "sources": _keys(value.sources), "description": value.description,
            "columns": {k: asdict(c) for k, c in value.columns.items()},
        }  # fmt: skip
    if isinstance(value, Streets):
        for part, frame in value.to_frames().items():
            _write(frame, folder, f"{name}.{part}")
        return {"sources": _keys(value.sources)}
    if isinstance(value, Terrain | Heights):
        return _rasters(value, root)
    if isinstance(value, pd.DataFrame):
        _write(value, folder, name)
        return {"frame": True}
    return value


def save(folder: Path, evidence: Evidence) -> None:
    """Write evidence into an empty folder."""
    root = folder.parent.parent
    about: dict[str, Any] = {}
    special = {"sources", "quality", "fates", "notes", "checked"}
    for item in fields(evidence):
        if item.name not in special:
            about[item.name] = _describe(item.name, getattr(evidence, item.name), folder, root)
    everyone = {s.path: s for s in evidence.sources}
    everyone |= {f.source.path: f.source for f in evidence.fates if f.source is not None}
    everyone |= {q.source.path: q.source for q in evidence.quality}
    about["all_sources"] = [asdict(s) for s in everyone.values()]
    about["sources"] = _keys(evidence.sources)
    about["quality"] = [_quality(q) for q in evidence.quality]
    about["notes"] = list(evidence.notes)
    about["checked"] = [asdict(c) for c in evidence.checked]
    about["fates"] = [
        {
            "name": f.name, "status": f.status, "title": f.title, "detail": f.detail, "vintage": f.vintage,
            "reason": f.reason, "source": f.source.path if f.source else None,
            "quality": _quality(f.quality) if f.quality else None,
        }
        for f in evidence.fates
    ]  # fmt: skip
    text = json.dumps(about, indent=1, ensure_ascii=False)
    (folder / ABOUT).write_text(text, encoding="utf-8", newline="\n")


class _Later:
    """An attribute that is read with its fellows when one of them is first looked at."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type[Any]) -> Any:
        held = vars(instance)  # what stands there is found before this descriptor
        held.update(held.pop("_read")())
        return held[self.name]


class _KeptLayer(Layer):
    """A layer whose rows are read when they are first looked at."""

    def some(self, columns: Sequence[str]) -> pd.DataFrame:
        held = vars(self)
        if "frame" in held:
            return super().some(columns)
        path: Path = held["_path"]
        return pd.read_parquet(path, columns=list(columns))

    def without(self, columns: Collection[str]) -> Layer:
        held = vars(self)
        if "frame" in held:
            return super().without(columns)
        path: Path = held["_path"]
        known = {name: value for name, value in held.items() if name != "_read"}
        fewer: Layer = _kept(
            _KeptLayer, lambda: {"frame": _read(path.parent, path.stem, columns)}, **known
        )
        return fewer


class _KeptStreets(Streets):
    """Streets that are read when they are first looked at; their sources are known before."""


_KeptLayer.frame = _Later("frame")  # type: ignore[assignment]
for _field in fields(Streets):
    if _field.name != "sources":
        setattr(_KeptStreets, _field.name, _Later(_field.name))


def _kept(kind: type[Any], read: Callable[[], dict[str, Any]], **known: Any) -> Any:
    """Make a layer or streets of which only what is `known` is there; `read` gives the rest."""
    made = object.__new__(kind)
    vars(made).update(known, _read=read)
    return made


class _Loader:
    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        self.root = root
        self.about: dict[str, Any] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        self.known = {s["path"]: SourceFile(**s) for s in self.about["all_sources"]}

    def sources(self, keys: list[str]) -> tuple[SourceFile, ...]:
        return tuple(self.known[key] for key in keys)

    def quality(self, item: Mapping[str, Any]) -> Quality:
        return Quality(
            self.known[item["source"]],
            item["rows_in"],
            item["used"],
            item["set_aside"],
            item["quarantined"],
            tuple(item["notes"]),
        )

    def layer(self, name: str) -> Layer | None:
        item = self.about[name]
        if item is None:
            return None
        layer: Layer = _kept(
            _KeptLayer,
            lambda: {"frame": _read(self.folder, name)},
            name=item["name"],
            sources=self.sources(item["sources"]),
            quality=tuple(self.quality(q) for q in item["quality"]),
            quarantine=(),
            notes=tuple(item["notes"]),
            _path=self.folder / f"{name}.parquet",
        )
        return layer

    def table(self, name: str) -> Table:
        item = self.about[name]
        columns = {
            k: Column(**{**c, "inputs": tuple(c["inputs"]), "parameters": tuple(c["parameters"])})
            for k, c in item["columns"].items()
        }
        return Table(
            item["name"],
            item["key"],
            _read(self.folder, name),
            columns,
            self.sources(item["sources"]),
            item["description"],
        )

    def streets(self) -> Streets | None:
        item = self.about["streets"]
        if item is None:
            return None
        sources = self.sources(item["sources"])
        kept: Streets = _kept(_KeptStreets, lambda: self._streets(sources), sources=sources)
        return kept

    def _streets(self, sources: tuple[SourceFile, ...]) -> dict[str, Any]:
        frames = {
            part: _read(self.folder, f"streets.{part}") for part in ("nodes", "edges", "about")
        }
        return vars(Streets.from_frames(frames, sources))

    def terrain(self) -> Terrain | None:
        item = self.about["terrain"]
        if item is None:
            return None
        tiles = tuple(Tile(**{**tile, "path": self.root / tile["path"]}) for tile in item["files"])
        return Terrain(tiles, self.sources(item["sources"]), tuple(item["notes"]))

    def heights(self, name: str) -> Heights | None:
        item = self.about[name]
        if item is None:
            return None
        files = tuple(HeightFile(**{**f, "path": self.root / f["path"]}) for f in item["files"])
        return Heights(item["kind"], files, self.sources(item["sources"]), tuple(item["notes"]))

    def checked(self, item: Mapping[str, Any]) -> Checked:
        return Checked(**{**item, "faults": tuple(Fault(**f) for f in item["faults"])})

    def fate(self, item: Mapping[str, Any]) -> FileFate:
        source = None if item["source"] is None else self.known[item["source"]]
        quality = None if item["quality"] is None else self.quality(item["quality"])
        return FileFate(**{**item, "source": source, "quality": quality})


def load(folder: Path, root: Path) -> Evidence:
    """Read evidence back from a folder that `save` wrote; layers and streets when they are first looked at.

    Parameters
    ----------
    folder
        The kept step.
    root
        The study folder: terrain tiles are read from the sources when they are needed.
    """
    held = _Loader(folder, root)
    layers = (
        "districts",
        "areas",
        "demand",
        "sites",
        "offices",
        "stops",
        "businesses",
        "constituencies",
        "coworking",
        "masts",
        "fibre",
        "site_register",
        "signal_points",
        "street_assets",
        "projects",
        "postcodes",
        "mobile_checks",
        "self_employed",
        "jobs",
        "water",
        "place_names",
    )
    read: dict[str, Any] = {name: held.layer(name) for name in layers}
    read |= {name: held.table(name) for name in ("coverage", "district_gaps", "area_gaps")}
    return Evidence(
        **read,
        ward_gaps=held.table("ward_gaps") if held.about["ward_gaps"] else None,
        streets=held.streets(),
        terrain=held.terrain(),
        surface=held.heights("surface"),
        bare_earth=held.heights("bare_earth"),
        signal=held.heights("signal"),
        sources=held.sources(held.about["sources"]),
        quality=tuple(held.quality(q) for q in held.about["quality"]),
        notes=tuple(held.about["notes"]),
        fates=tuple(held.fate(f) for f in held.about["fates"]),
        quarantine=_read(folder, "quarantine"),
        checked=tuple(held.checked(c) for c in held.about["checked"]),
    )
