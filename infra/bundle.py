"""`infra bundle`: one archive for an auditor, the same bytes every time."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from infra.checks import load_manifest
from infra.freeze import LOCK, edited_lines, left_out_lines, lock_file, must_match
from infra.parts import own_files
from infra.report import Answer
from infra.session import Session
from infra.study import STUDY_FILE
from infra.writing import writing
from layers.checksum import sha256_of
from maps.deterministic import ZIP_EPOCH

__all__ = ["bundle"]

PACKED = {".png", ".parquet", ".docx", ".xlsx", ".pdf", ".zip", ".gz", ".gpkg"}
README = """What this is
The sources, settings and outputs of one infra study, as one archive.

How to check it
1. Unpack it.
2. Install the versions that requirements.lock names, and infra itself ({version}).
3. Run: infra verify study
   It compares every file with out/manifest.json, makes all outputs again and compares them byte
   for byte.
4. Run: infra explain study F-XXXXXXXX
   for any figure id printed in a bid, to follow it to file, line, publisher and licence.
"""


def _members(session: Session) -> list[tuple[str, Path]]:
    study = session.study
    files = [*study.files(), study.root / STUDY_FILE]
    files += [p for p in study.out.rglob("*") if p.is_file()]
    named = {f"study/{path.relative_to(study.root).as_posix()}": path for path in files}
    named |= {f"study/{name}": path for name, path in own_files(study).items()}
    if lock := lock_file():
        named[LOCK] = lock
    return sorted(named.items())


def _add(archive: zipfile.ZipFile, name: str, path: Path | None, text: str = "") -> None:
    info = zipfile.ZipInfo(name, ZIP_EPOCH)
    info.create_system = 0  # otherwise the operating system shows in the bytes
    info.external_attr = 0o600 << 16
    stored = Path(name).suffix in PACKED
    info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    info._compresslevel = 6  # type: ignore[attr-defined]  # noqa: SLF001 - no other way for a stream
    size = len(text) if path is None else path.stat().st_size
    with archive.open(info, "w", force_zip64=size >= zipfile.ZIP64_LIMIT) as target:
        if path is None:
            target.write(text.encode())
        else:
            with path.open("rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)


def bundle(session: Session, target: Path | None) -> Answer:
    """Write sources, outputs, study, its own files and library versions into one archive.

    Parameters
    ----------
    target
        Where to; beside the study folder, and called after it, when not given.

    Raises
    ------
    StudyError
        When outputs or sources are not what the manifest says.
    OutputError
        When it cannot be written; nothing half written is left.
    """
    study = session.study
    manifest = load_manifest(study.out)
    edited = must_match(session, manifest, "bundle")
    root = study.root.resolve()
    path = target or root.with_name(f"{root.name}-bundle.zip")
    aside = path.with_name(f".{path.name}.part")
    members = _members(session)
    try:
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(aside, "w") as archive:
                _add(archive, "README.txt", None, README.format(version=manifest["version"]))
                for name, source in members:
                    _add(archive, name, source)
            aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    digest = sha256_of(path)
    size = path.stat().st_size
    lines = [
        f"Made {path}: {len(members) + 1} files, {size / 1e6:,.1f} MB.",
        f"SHA-256 {digest}",
    ]
    lines += [*edited_lines(edited), *left_out_lines(study)]
    commercial = [s["path"] for s in manifest["sources"] if s["sensitivity"] != "public"]
    if commercial:
        lines.append(
            f"It holds sources that are not public ({', '.join(commercial)}): send it only to those who may see them."
        )
    return Answer(
        lines,
        {
            "ok": True,
            "bundle": str(path),
            "sha256": digest,
            "bytes": size,
            "files": len(members) + 1,
            "not_public": commercial,
        },
    )
