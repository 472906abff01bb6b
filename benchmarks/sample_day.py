"""Measure the plan of the sample council's day beside the peers of days.py, in the same run.

    python benchmarks/sample_day.py [--seconds 30] [--threads 2] [--date 2026-11-24]

Builds the sample council in a temporary data folder through the importers, writes the day's
problem in the open format, and hands it to benchmarks/days.py.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
AS_AT = "2026-11-23"


def main() -> None:
    """Prepare the day, then measure it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", default="30")
    parser.add_argument("--threads", default="2")
    parser.add_argument("--date", default="2026-11-24", help="a day in the week after 2026-11-23")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="homeward-benchmark-") as data:
        environment = {**os.environ, "HOMEWARD_DATA": data, "PYTHONPATH": str(ROOT)}
        environment.setdefault("NUMBA_CACHE_DIR", str(ROOT / "var" / "numba"))
        environment.pop("DATABASE_URL", None)
        day = f"{data}/sample_day.json.gz"

        def run(*words: str) -> None:
            command = [sys.executable, *words]
            quiet = subprocess.DEVNULL if words[0] == "manage.py" else None
            subprocess.run(command, cwd=ROOT, env=environment, stdout=quiet, check=True)

        run("manage.py", "migrate", "--verbosity", "0")
        run("manage.py", "make_sample", "--seed", "1", "--out", data, "--date", AS_AT)
        run("manage.py", "import_council", f"{data}/herefordshire")
        run("manage.py", "make_visits", "--date", AS_AT)
        run("manage.py", "export_day", "--date", given.date, "--out", day)
        limits = ["--seconds", given.seconds, "--threads", given.threads]
        run("benchmarks/days.py", day, *limits)


if __name__ == "__main__":
    main()
