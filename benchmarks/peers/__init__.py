"""The engines measured against, each turning one of our days into its own words and back.

A peer is asked only for what it can model: `beyond` says in a sentence what a day asks that a peer
has no words for. Its answer is who visits whom in which order; the minutes, the totals and the
verdict are ours, the same for every engine.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from optimiser.rounds.problem import Problem, Visit
from optimiser.rounds.timetable import Key

Orders = Mapping[Key, list[str]]

# The hard rules that a peer may or may not have words for, and when a day asks for them.
RULES: Mapping[str, tuple[str, Callable[[Problem], bool]]] = {
    "double-ups": ("double-ups", lambda day: any(v.carers > 1 for v in day.visits)),
    "gaps": ("gaps between visits", lambda day: any(v.after for v in day.visits)),
    "breaks": ("breaks", lambda day: any(c.breaks for c in day.carers)),
    "hours": (
        "maximum working minutes",
        lambda day: any(c.max_minutes is not None for c in day.carers),
    ),
}


@dataclass(frozen=True, slots=True)
class Peer:
    """One engine: its name, the rules it can keep, its threads, and how to ask it for orders."""

    name: str
    keeps: Collection[str]
    threads: int | None  # None: as many as are given
    orders: Callable[..., Orders]  # (problem, *, seconds, threads, seed)


def beyond(peer: Peer, problem: Problem) -> str | None:
    """Say which hard rules of a day a peer cannot model, or None."""
    missing = [
        words for rule, (words, asks) in RULES.items() if rule not in peer.keeps and asks(problem)
    ]
    return f"cannot model {' and '.join(missing)}" if missing else None


def allowed_sets(problem: Problem) -> list[frozenset[str]]:
    """Return for each visit the carers who may make it, by skill, exclusion, choice and pin."""
    return [
        frozenset(c.id for c in problem.carers if problem.may_visit(c, visit))
        for visit in problem.visits
    ]


def left_out_minutes(problem: Problem, visit: Visit) -> int:
    """Return what leaving a visit out costs, in minutes of travel: the same for every engine."""
    weight = getattr(problem.weights, f"unplaced_{visit.priority}")
    return max(1, round(weight / (problem.weights.travel or 1)))
