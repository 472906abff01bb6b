"""The optimiser from the command line: `python -m optimiser rounds|allocation|compile …`.

Exit 0 done, 1 a plan breaks a rule, 2 an input or argument cannot be used (one line says which).
"""

import time

BEGUN = time.monotonic()  # before the imports, which take a second: a time limit includes them

import argparse  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from collections.abc import Sequence  # noqa: E402

from optimiser.allocation import commands as allocation  # noqa: E402
from optimiser.rounds import commands as rounds  # noqa: E402
from optimiser.rounds.engine import compile_kernel  # noqa: E402


def main(arguments: Sequence[str] | None = None, *, loading_seconds: float = 0.0) -> int:
    """Run one command and return its exit code; a time limit includes the seconds of loading."""
    parser = argparse.ArgumentParser(prog="python -m optimiser", description=__doc__)
    subparsers = parser.add_subparsers(dest="subject", required=True)
    rounds.add_commands(subparsers)
    allocation.add_commands(subparsers)
    compiling = subparsers.add_parser("compile", help="compile once, at installation")
    compiling.set_defaults(run=run_compile)
    parser.set_defaults(loading_seconds=loading_seconds)
    parsed = parser.parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except BrokenPipeError:
        # The reader (a `head`, a pager) has seen enough; Python must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2


def run_compile(_: argparse.Namespace) -> int:
    """Warm numba's cache."""
    compile_kernel()
    return 0


if __name__ == "__main__":
    sys.exit(main(loading_seconds=time.monotonic() - BEGUN))
