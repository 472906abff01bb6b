"""What every test may ask for."""

import os
from pathlib import Path

import pytest

from tests.council import Council, build_council

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def council(db) -> Council:
    """A council small enough to check by hand (tests/council.py)."""
    return build_council()


@pytest.fixture
def other_council(db) -> Council:
    """A second council with records of the same names, to try crossing into."""
    return build_council("othershire", prefix="other-")


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The open data kept beside the project; a test that needs it is skipped where it is not."""
    folder = Path(os.environ.get("HOMEWARD_REFERENCE_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder} (set HOMEWARD_REFERENCE_DATA)")
    return folder
