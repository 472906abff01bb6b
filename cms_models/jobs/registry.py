"""The kinds of job there are: each app's jobs.py declares its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cms_models.accounts.models import Authority, User


class JobContext(Protocol):
    """What a running job is given: who started it, and its line to the job's row."""

    actor: User
    job_id: int

    def progress(
        self, fraction: float, note: str = "", point: Mapping[str, Any] | None = None
    ) -> None:
        """Report how far the work is (0 to 1), in a few words; `point` joins the drawn curve."""

    def cancelled(self) -> bool:
        """Return whether somebody asked for this job to stop."""


JobFunction = Callable[..., Mapping[str, Any]]
DueFunction = Callable[[Authority, datetime], bool]


@dataclass(frozen=True)
class JobKind:
    """A kind of job: its name in rows and commands, a label for people, and its function.

    `permission` is what a user needs to start, cancel or run again such a job. `due` says at each
    tick of the scheduler whether there is such work to do in a council now; None for work that
    people or days start.
    """

    name: str
    label: str
    permission: str
    run: JobFunction
    due: DueFunction | None = None


KINDS: dict[str, JobKind] = {}


def job(
    *, name: str, label: str, permission: str, due: DueFunction | None = None
) -> Callable[[JobFunction], JobFunction]:
    """Declare `run(context, **params) -> result` as a kind of job."""

    def register(run: JobFunction) -> JobFunction:
        KINDS[name] = JobKind(name=name, label=label, permission=permission, run=run, due=due)
        return run

    return register


def kind_named(name: str) -> JobKind:
    """Return a kind of job; KeyError names the kinds there are."""
    if name not in KINDS:
        raise KeyError(f"No job is called {name!r}; there are {', '.join(sorted(KINDS))}.")
    return KINDS[name]
