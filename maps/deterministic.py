"""Documents that come out the same, byte for byte, from the same study.

Office files are ZIP archives. A library writes its members in the order it happened to make them
and stamps them with the clock; here they are written again in one order with one time.
"""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date, datetime, time
from pathlib import Path

__all__ = ["document_time", "settle_zip"]

# The first moment that a ZIP entry can carry.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
# Readers that sniff an Office file look for these at the front.
FIRST = ("[Content_Types].xml", "_rels/.rels")
# Of the format (APPNOTE.TXT of PKWARE, version 6.3.10): sections 4.3.7, 4.3.12 and 4.3.16.
LOCAL, CENTRAL, END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), "<4s4H2IH"
VERSION = 20  # of the format that can read it: 2.0, folders and deflate
DAY = 0x21  # of that moment, as the format packs it; its time is 0
UTF8 = 0x800  # the name is UTF-8; without it an old code page
REGULAR_FILE = 0o600 << 16


def document_time(as_of: date) -> datetime:
    """Return the moment a document says it was made: midnight of the study's own date.

    >>> document_time(date(2026, 3, 31)).isoformat()
    '2026-03-31T00:00:00'
    """
    return datetime.combine(as_of, time.min)


def settle_zip(path: Path) -> None:
    """Rewrite a ZIP file in place with members in a fixed order and time, packed as they are.

    Parameters
    ----------
    path
        An Office file (DOCX, XLSX) or any other ZIP archive below 4 GiB.

    Raises
    ------
    ValueError
        When two members have one name, so that no order would be the right one.
    """
    whole = path.read_bytes()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        members = {info.filename: info for info in archive.infolist()}
        if len(members) != len(archive.infolist()):
            raise ValueError(f"{path.name}: two members of the archive have the same name")
    first = [name for name in FIRST if name in members]
    rest = sorted(name for name in members if name not in FIRST)
    listed = []
    with path.open("wb") as file:
        for name in (*first, *rest):
            info, said = members[name], name.encode()
            about = (
                VERSION, 0 if name.isascii() else UTF8, info.compress_type, 0, DAY, info.CRC,
                info.compress_size, info.file_size, len(said), 0,
            )  # fmt: skip
            # the operating system would show in the bytes: each entry says it was made by none
            at = (0, 0, 0, REGULAR_FILE, file.tell())
            listed.append(CENTRAL.pack(b"PK\x01\x02", VERSION, *about, *at) + said)
            file.write(LOCAL.pack(b"PK\x03\x04", *about) + said)
            file.write(_packed(whole, info))
        start, entries = file.tell(), b"".join(listed)
        count = len(listed)
        end = struct.pack(END, b"PK\x05\x06", 0, 0, count, count, len(entries), start, 0)
        file.write(entries + end)


def _packed(whole: bytes, info: zipfile.ZipInfo) -> memoryview:
    """Return the bytes of a member as the archive holds them."""
    *_rest, name, extra = LOCAL.unpack_from(whole, info.header_offset)
    start = info.header_offset + LOCAL.size + name + extra
    return memoryview(whole)[start : start + info.compress_size]
