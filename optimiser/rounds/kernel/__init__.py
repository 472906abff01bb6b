"""The compiled part of the rounds engine: small moves, ruin and recreate, annealing.

numba's cache watches only the file a function stands in. This package is one program, so its
cache is kept in a folder named after the digest of all its files: a change in one never runs
beside old code of another.
"""

import hashlib
from pathlib import Path
from typing import Any

import numba

_FILES = sorted(Path(__file__).parent.glob("*.py"))
_DIGEST = hashlib.sha256(b"".join(each.read_bytes() for each in _FILES)).hexdigest()[:16]
_SETTINGS: Any = numba.config
_BASE = Path(_SETTINGS.CACHE_DIR or Path(__file__).parent / "__pycache__")
if not _BASE.name.endswith(_DIGEST):
    _SETTINGS.CACHE_DIR = str(_BASE / f"rounds-{_DIGEST}")
