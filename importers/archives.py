"""Zip files looked at before they are opened: an XLSX, or a council's folder in one file."""

import io
import zipfile
import zlib

from importers.faults import BadFile

UNPACKED_BYTES_MOST = 50 * 1024 * 1024
MEMBERS_MOST = 100
RATIO_MOST = 100
ZIP_MARK = b"PK\x03\x04"
GZIP_MARK = b"\x1f\x8b"


def is_zip(content: bytes) -> bool:
    """Return whether bytes begin as a zip file does (XLSX is one)."""
    return content.startswith(ZIP_MARK)


def ungzipped(content: bytes) -> bytes:
    """Return what a .gz holds, other bytes as they are; BadFile for damage and for too much."""
    if not content.startswith(GZIP_MARK):
        return content
    reader = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = reader.decompress(content, UNPACKED_BYTES_MOST + 1)
    except zlib.error as broken:
        raise BadFile("The file is damaged: it begins like a .gz file but is none.") from broken
    if len(unpacked) > UNPACKED_BYTES_MOST:
        raise BadFile(
            f"The file unpacks to more than {UNPACKED_BYTES_MOST // 2**20} MB, the most that is "
            "read: send less of it."
        )
    if not reader.eof:
        raise BadFile("The .gz file breaks off before its end: send it again.")
    return unpacked


def open_zip(content: bytes) -> zipfile.ZipFile:
    """Open a zip whose directory promises to stay small; BadFile says what is too large.

    The directory may be trusted: zipfile hands out no more of a member than its stated size.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as broken:
        raise BadFile("The file is damaged: it begins like a zip file but is none.") from broken
    unpacked = sum(member.file_size for member in members)
    if len(members) > MEMBERS_MOST:
        raise BadFile(f"The file holds {len(members)} parts; at most {MEMBERS_MOST} are opened.")
    if unpacked > UNPACKED_BYTES_MOST or unpacked > RATIO_MOST * len(content):
        raise BadFile(
            f"The file would unpack to {unpacked / 2**20:,.1f} MB from "
            f"{len(content) / 2**20:,.2f} MB; at most {UNPACKED_BYTES_MOST // 2**20} MB and "
            f"{RATIO_MOST} times its size are unpacked. Send it as CSV instead."
        )
    if any(member.flag_bits & 1 for member in members):
        raise BadFile("The file is protected by a password: save it without one.")
    return archive
