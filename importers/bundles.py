"""A council's configuration in one piece: council.json with the files it names, as a zip.

An import keeps everything it needs in its own row, so that any worker on any machine can do it.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from importers.archives import is_zip, open_zip
from importers.faults import BadFile

MAIN = "council.json"
# One date for every member, so that the same files give the same bytes (and the same sha256).
EPOCH = (1980, 1, 1, 0, 0, 0)


def named_files(council: Mapping[str, Any]) -> list[str]:
    """Return the names of the files a council.json asks for."""
    parts = [council.get("postcodes"), council.get("zone_map")]
    return [part["file"] for part in parts if isinstance(part, dict) and "file" in part]


def bundle(path: Path) -> bytes:
    """Return a council.json with the files of its folder that it names, as one zip.

    BadFile for a file it names that is not in that folder, or lies outside it.
    """
    content = path.read_bytes()
    try:
        council = json.loads(content)
    except ValueError:
        return content  # the reader says what is wrong with it, and where
    names = named_files(council) if isinstance(council, dict) else []
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, MAIN, content)
        for name in names:
            beside = path.parent / _plain_name(name)
            if not beside.is_file():
                raise BadFile(f"{path.name} names {name}, which is not in {path.parent}.")
            _add(archive, name, beside.read_bytes())
    return packed.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)


def unbundled(content: bytes) -> dict[str, bytes]:
    """Return the files of a bundle by name (a folder around them does not matter).

    Plain JSON is a bundle of one. BadFile when there is no council.json in it.
    """
    if not is_zip(content):
        return {MAIN: content}
    with open_zip(content) as archive:
        try:
            files = {
                PurePosixPath(member.filename).name: archive.read(member)
                for member in archive.infolist()
                if not member.is_dir()
            }
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as broken:
            raise BadFile("The zip file is damaged: pack it again.") from broken
    if MAIN not in files:
        raise BadFile(f"The zip file holds no {MAIN}; it holds {', '.join(sorted(files)[:10])}.")
    return files


def member(files: Mapping[str, bytes], name: str) -> bytes:
    """Return a file of a bundle; BadFile when it is not there."""
    if _plain_name(name) not in files:
        raise BadFile(f"{MAIN} names {name}: send them together in one zip file.")
    return files[name]


def _plain_name(name: Any) -> str:
    if not isinstance(name, str) or not name or PurePosixPath(name).name != name or "\\" in name:
        raise BadFile(f"{MAIN}: {name!r} is not the name of a file in the same folder.")
    return name
