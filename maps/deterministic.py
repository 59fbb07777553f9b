"""Documents that come out the same, byte for byte, from the same study.

Office files are ZIP archives. A library writes its members in the order it happened to make them
and stamps them with the clock; here they are written again in one order with one time.
"""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from pathlib import Path

__all__ = ["document_time", "settle_zip"]

# The first moment that a ZIP entry can carry.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
# Readers that sniff an Office file look for these at the front.
FIRST = ("[Content_Types].xml", "_rels/.rels")
REGULAR_FILE = 0o600 << 16


def document_time(as_of: date) -> datetime:
    """Return the moment a document says it was made: midnight of the study's own date.

    >>> document_time(date(2026, 3, 31)).isoformat()
    '2026-03-31T00:00:00'
    """
    return datetime.combine(as_of, time.min)


def settle_zip(path: Path) -> None:
    """Rewrite a ZIP file in place with members in a fixed order, time and compression.

    Parameters
    ----------
    path
        An Office file (DOCX, XLSX) or any other ZIP archive.

    Raises
    ------
    ValueError
        When two members have one name, so that no order would be the right one.
    """
    with zipfile.ZipFile(path) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
        if len(members) != len(archive.infolist()):
            raise ValueError(f"{path.name}: two members of the archive have the same name")
    first = [name for name in FIRST if name in members]
    rest = sorted(name for name in members if name not in FIRST)
    with zipfile.ZipFile(path, "w") as archive:
        for name in (*first, *rest):
            info = zipfile.ZipInfo(name, ZIP_EPOCH)
            # Otherwise the operating system shows in the bytes.
            info.create_system = 0
            info.external_attr = REGULAR_FILE
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, members[name], compresslevel=6)
