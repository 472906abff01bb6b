"""What `make test` does: the checks, then pytest on every database there is.

Each thing left out says so in one line; with HOMEWARD_REQUIRE_ALL=1 (as .ci/run sets) leaving out
is a failure.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
POSTGRESQL = os.environ.get("TEST_DATABASE_URL") or "postgres://root@127.0.0.1:5432/postgres"
REQUIRE_ALL = os.environ.get("HOMEWARD_REQUIRE_ALL") == "1"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")

CHECKS = (
    ("ruff check", [BIN / "ruff", "check", "."]),
    ("ruff format", [BIN / "ruff", "format", "--check", "."]),
    (
        "mypy",
        [
            BIN / "mypy",
            "optimiser",
            "cms_models",
            "importers",
            "theme",
            "site/homeward",
            "graphql/homeward_api",
        ],
    ),
    ("import-linter", [BIN / "lint-imports"]),
    ("migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ("migrations from nothing", [sys.executable, "manage.py", "migrate", "--verbosity", "0"]),
    ("GraphQL snapshot", [sys.executable, "manage.py", "graphql_snapshot", "--check"]),
    ("deployment", [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "ERROR"]),
)


def run(name: str, command: list[object], environment: dict[str, str]) -> None:
    """Run one step and stop at the first that fails, naming it."""
    print(f"── {name}", flush=True)
    done = subprocess.run([str(word) for word in command], cwd=ROOT, env=environment, check=False)
    if done.returncode:
        sys.exit(f"make test: {name} failed (exit {done.returncode})")


@contextmanager
def compiling(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    """Compile the rounds engine on the other core while the checks run on one."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **quiet) as started:
        try:
            yield
        except BaseException:
            started.terminate()
            raise


def left_out(what: str, way_out: str) -> None:
    """Say what is not tested here, or fail where everything is required."""
    if REQUIRE_ALL:
        sys.exit(f"make test: {what} is required here. {way_out}")
    print(f"LEFT OUT: {what}. {way_out}", flush=True)


def postgresql_answers() -> bool:
    """Return whether a PostgreSQL server answers where the suite may make a database."""
    try:
        psycopg.connect(POSTGRESQL, connect_timeout=3).close()
    except psycopg.Error:
        return False
    return True


def migrate_on_postgresql(environment: dict[str, str]) -> None:
    """Run every migration on an empty database of its own, which is dropped again."""
    name = f"homeward_migrations_{os.getpid()}"
    url = urlsplit(POSTGRESQL)._replace(path=f"/{name}").geturl()
    with psycopg.connect(POSTGRESQL, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        try:
            command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
            run("migrations on PostgreSQL", command, {**environment, "DATABASE_URL": url})
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def main() -> None:
    """Run everything in order."""
    with tempfile.TemporaryDirectory(prefix="homeward-test-") as data:
        environment = {**os.environ, "HOMEWARD_DATA": data, "PYTHONDONTWRITEBYTECODE": "1"}
        environment["PYTHONPATH"] = os.pathsep.join([".", "site", "graphql"])  # for import-linter
        environment.setdefault("NUMBA_CACHE_DIR", str(ROOT / "var" / "numba"))
        environment.pop("DATABASE_URL", None)
        compile_command = [sys.executable, "-m", "optimiser", "compile"]
        with compiling(compile_command, environment):
            for name, command in CHECKS:
                run(name, command, environment)
        if "--only-checks" in sys.argv:
            return
        run("compile", compile_command, environment)
        if not any(shutil.which(name) for name in CHROMIUM):
            left_out("the browser tests", "Install Chromium (apt-get install chromium).")
        pytest = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup"]
        run("pytest on SQLite", pytest, environment)
        if postgresql_answers():
            # What does not touch the database, and what pages look like, was proved above.
            on_postgresql = {**environment, "DATABASE_URL": POSTGRESQL}
            migrate_on_postgresql(environment)
            folders = [
                "tests/cms_models",
                "tests/importers",
                "tests/homeward_api",
                "tests/theme",
                "tests/scenarios",
            ]
            run(
                "pytest on PostgreSQL",
                [*pytest, "-m", "not browser", *(f for f in folders if (ROOT / f).exists())],
                on_postgresql,
            )
        else:
            left_out("PostgreSQL", f"No server answers at {POSTGRESQL} (TEST_DATABASE_URL).")


if __name__ == "__main__":
    main()
