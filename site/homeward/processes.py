"""The processes of one machine: started together, stopped together, nothing left behind."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

import psutil

MARK = "HOMEWARD_SERVES"
STOP_SECONDS = 8.0


class AlreadyServed(Exception):  # noqa: N818 - it reads as what is so
    """Raised when another live supervisor serves the same data folder."""


def hold_alone(path: Path) -> IO[str]:
    """Take the lock of a data folder; it goes with this process, however the process ends.

    A record lock, because children do not inherit it: what a killed supervisor leaves behind
    does not hold it. Raises AlreadyServed while another process has it.
    """
    file = path.open("w")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as held:
        file.close()
        raise AlreadyServed(str(path.parent)) from held
    return file


def leftovers(mark: str) -> list[psutil.Process]:
    """Return this user's processes that carry the mark of a data folder, but for our own line."""
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid not in own and process.environ().get(MARK) == mark:
                found.append(process)
        except psutil.Error:
            continue
    return found


def end_leftovers(mark: str) -> int:
    """End what a killed supervisor left behind: asked first, then killed. Returns how many."""
    processes = leftovers(mark)
    for process in processes:
        _quietly(process.terminate)
    _, stubborn = psutil.wait_procs(processes, timeout=STOP_SECONDS)
    for process in stubborn:
        _quietly(process.kill)
    psutil.wait_procs(stubborn, timeout=2)
    return len(processes)


def _quietly(act: Callable[[], None]) -> None:
    try:
        act()
    except psutil.NoSuchProcess:
        return
