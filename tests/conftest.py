"""What every test may ask for."""

import importlib
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from cms_models.audit import append_only
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
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Protect the audit as its migration does: tables made from the models have no triggers."""
    triggers = importlib.import_module("cms_models.audit.migrations.0002_append_only")
    own = triggers.SQLITE if connection.vendor == "sqlite" else triggers.POSTGRESQL
    statements = [*own, *append_only.statements(connection.vendor)]
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture(scope="session", autouse=True)
def flushable_audit() -> None:
    """Let the end of a test with a live server empty the audit, which its triggers forbid.

    PostgreSQL truncates, which row triggers do not see; SQLite deletes.
    """
    if connection.vendor != "sqlite":
        return
    triggers = importlib.import_module("cms_models.audit.migrations.0002_append_only")
    flush = connection.ops.sql_flush

    def without_triggers(*args: Any, **kwargs: Any) -> list[str]:
        off = [*triggers.UNDO["sqlite"], *append_only.UNDO["sqlite"]]
        on = [*triggers.SQLITE, *append_only.SQLITE]
        return [*off, *flush(*args, **kwargs), *on]

    connection.ops.sql_flush = without_triggers


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """The open data kept beside the project; a test that needs it is skipped where it is not."""
    folder = Path(os.environ.get("HOMEWARD_REFERENCE_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no reference data at {folder} (set HOMEWARD_REFERENCE_DATA)")
    return folder
