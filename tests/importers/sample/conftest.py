"""The sample councils, made once for all tests of this folder."""

import csv
import json
import os
from datetime import date
from pathlib import Path

import pytest

from importers.sample.council import write_sample

AS_AT = date(2026, 11, 23)


class Council:
    """A council's folder, read as plain text: no Homeward code judges Homeward's files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def json(self, name):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def rows(self, name):
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def elements(self, element_type):
        return [r for r in self.rows("packages.csv") if r["Element Type"] == element_type]


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, 1, AS_AT)
    return folder


@pytest.fixture(scope="session")
def herefordshire(sample_folder):
    return Council(sample_folder / "herefordshire")


@pytest.fixture(scope="session")
def nottinghamshire(sample_folder):
    return Council(sample_folder / "nottinghamshire")


@pytest.fixture(scope="session")
def reference_data():
    beside = Path(__file__).resolve().parents[3].parent / "shared" / "data"
    folder = Path(os.environ.get("HOMEWARD_REFERENCE_DATA", beside))
    if not (folder / "herefordshire").is_dir():
        pytest.skip(f"no reference data in {folder}; set HOMEWARD_REFERENCE_DATA")
    return folder
