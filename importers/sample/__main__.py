"""`python -m importers.sample --seed 1 --out DIR --date 2026-11-23` writes the sample councils."""

import argparse
from datetime import date
from pathlib import Path

from importers.sample.council import write_sample

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m importers.sample", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--date", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")
    arguments = parser.parse_args()
    for folder in write_sample(arguments.out, arguments.seed, arguments.date):
        print(folder)
