"""What the kernel works on: the day as fixed arrays, a solution under way, and room to work in.

A node is one carer's part in a visit, the beginning of a round or its end; rounds are linked lists
of nodes. Every visit, beginning and end also has a number `at`: visits first (V of them), then the
beginnings, then the ends of the R rounds. Times are whole units (minutes, as a rule); costs are
whole thousandths of a unit, so that sums do not depend on their order.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Records = npt.NDArray[np.void]

# Nothing here makes an array, so numba's counting of references (atomic, and most of the time
# spent) is left off; no lock is held, so that every thread has a core.
_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
compiled = njit(**_OPTIONS)  # type: ignore[call-overload]
compiled_inline = njit(forceinline=True, **_OPTIONS)  # type: ignore[call-overload]

FAR = 1_000_000_000  # a time no day reaches

# Where each part of the cost stands in State.sums.
TRAVEL, ASSIGN, LEFT_OUT, FACES, CONTRACT, LATE, WORST, MOVED, SPAN = range(9)
PARTS_OF_COST = 9


def _record(*names: str) -> np.dtype[np.void]:
    return np.dtype([(name, np.int32) for name in names], align=True)


FIXED = _record(  # of a visit, beginning or end
    "earliest",
    "deadline",  # last permitted start; for an end, the shift's end
    "due",  # start after which it is late
    "minutes",
    "published",  # published start, -1 without
    "first_node",
    "parts",  # carers it needs
    "pinned",  # how many of them are pinned
    "person",
    "option_first",  # rounds open to it: Day.option[option_first:option_end]
    "option_end",
    "tie_first",  # its ties: Day.tie[tie_first:tie_end]
    "tie_end",
    "group_first",  # visits tied to each other, itself too: Day.group[group_first:group_end]
    "group_end",
    "apart_first",  # visits no carer of it may make: Day.apart[apart_first:apart_end]
    "apart_end",
)
NODE = _record("following", "preceding", "round", "pause", "at", "place")
MOMENT = _record("soonest", "latest", "placed", "frozen")
ROUND = _record("carer", "mode", "rest", "rest_earliest", "rest_latest", "between_ends")
TIE = _record("other", "gap", "holds")  # start >= start[other] + gap; holds: it is for `other`
SLOT = np.dtype(
    [("cost", np.int64), ("node", np.int32), ("soon", np.int32), ("late", np.int32)], align=True
)
CHANGE = _record("kind", "index", "old")
FOLLOWING, PRECEDING, OF_ROUND, PAUSE, SOONEST, LATEST, PLACED, STOPS, REST_AFTER, WORK, FACE = (
    range(11)
)


class Day(NamedTuple):
    """A problem as arrays: V visits, R rounds, A = V + 2R, C carers, P places, M modes."""

    travel: Ints  # (M, P, P)
    fixed: Records  # (A) FIXED
    rounds: Records  # (R) ROUND
    most_work: Longs  # (C)
    contract: Longs  # (C), 0 without
    allowed: npt.NDArray[np.uint8]  # (V, R) 1 may, 2 must (pinned), 0 may not or out of reach
    option: Ints
    assign_cost: Longs  # (V, R)
    leave_out_cost: Longs  # (V)
    near: Ints  # (V, K) visits that could stand next to it, the best first
    around: Ints  # (V, K) visits at about its place and time, the nearest first
    tie: Records  # TIE
    group: Ints
    apart: Ints
    rates: Longs  # (PARTS_OF_COST) by part of the cost
    open_ended: bool  # no visit has a deadline: lateness costs, and nothing else binds


class State(NamedTuple):
    """A solution under way."""

    node: Records  # (N) NODE
    moment: Records  # (A) MOMENT
    stops: Ints  # (R)
    rest_after: Ints  # (R) node the break follows, -1 without
    work: Longs  # (C)
    faces: npt.NDArray[np.int16]  # (persons, C) visits by person and carer
    sums: Longs  # (PARTS_OF_COST)


class Room(NamedTuple):
    """Room to work in, one a thread."""

    queue: Ints
    queued: npt.NDArray[np.uint8]
    often: Ints  # (A) how often a time was changed in one settling
    journal: Records  # CHANGE
    # Changes in the journal; worst lateness is stale; stamp; own visits; journal was full.
    tally: Longs
    own: Ints  # (V) the visits this thread may move
    active: npt.NDArray[np.uint8]  # (R) the rounds it may change
    saved: Longs  # (2, PARTS_OF_COST) sums when the journal began, and at an inner mark
    slots: Records  # SLOT
    chosen: Ints
    bare: Ints  # times of a group of ties
    out: Ints  # (V) visits to put back
    keys: Longs  # (V)
    places: Ints  # (N) nodes after which a visit might go
    cut: Longs  # (R) stamp of the step in which a round was last cut
    seen: Longs  # (N) stamp of the search in which a place was last looked at


@compiled
def draw(random):  # type: ignore[no-untyped-def]
    """Return the next 64 random bits (xorshift): numba's own generator belongs to the thread."""
    x = random[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    random[0] = x
    return x


@compiled
def unit(random):  # type: ignore[no-untyped-def]
    """Return a random number in [0, 1)."""
    return np.float64(draw(random) >> np.uint64(11)) / 9007199254740992.0


@compiled
def below(random, bound):  # type: ignore[no-untyped-def]
    """Return a random whole number in [0, bound)."""
    return np.int64(unit(random) * bound)


@compiled
def note(room, kind, index, old):  # type: ignore[no-untyped-def]
    """Write down what a value was before it is changed."""
    i = room.tally[0]
    if i == len(room.journal):
        room.tally[4] = 1  # full: the step cannot be taken back, so the solution is thrown away
        return
    room.journal[i].kind = kind
    room.journal[i].index = index
    room.journal[i].old = old
    room.tally[0] = i + 1


@compiled
def begin(state, room):  # type: ignore[no-untyped-def]
    """Begin a step that may be taken back."""
    room.tally[0] = 0
    room.tally[1] = 0
    for i in range(PARTS_OF_COST):
        room.saved[0, i] = state.sums[i]


@compiled
def take_back(state, room, mark, saved):  # type: ignore[no-untyped-def]
    """Undo every change written down since `mark`; `saved` is the row of sums to restore."""
    node = state.node
    moment = state.moment
    i = room.tally[0]
    while i > mark:
        i -= 1
        kind = room.journal[i].kind
        index = room.journal[i].index
        old = room.journal[i].old
        if kind == SOONEST:
            moment[index].soonest = old
        elif kind == LATEST:
            moment[index].latest = old
        elif kind == FOLLOWING:
            node[index].following = old
        elif kind == PRECEDING:
            node[index].preceding = old
        elif kind == OF_ROUND:
            node[index].round = old
        elif kind == PAUSE:
            node[index].pause = old
        elif kind == PLACED:
            moment[index].placed = old
        elif kind == STOPS:
            state.stops[index] = old
        elif kind == REST_AFTER:
            state.rest_after[index] = old
        elif kind == WORK:
            state.work[index] = old
        else:
            carers = state.faces.shape[1]
            state.faces[index // carers, index % carers] = old
    room.tally[0] = mark
    for i in range(PARTS_OF_COST):
        state.sums[i] = room.saved[saved, i]


@compiled
def cost_of(state):  # type: ignore[no-untyped-def]
    """Return the whole cost of a solution."""
    total = np.int64(0)
    for i in range(PARTS_OF_COST):
        total += state.sums[i]
    return total


@compiled
def copy_state(source, target):  # type: ignore[no-untyped-def]
    """Copy one solution over another."""
    copy_all(source.node, target.node)
    copy_all(source.moment, target.moment)
    copy_all(source.stops, target.stops)
    copy_all(source.rest_after, target.rest_after)
    copy_all(source.work, target.work)
    copy_all(source.sums, target.sums)
    for person in range(source.faces.shape[0]):
        for carer in range(source.faces.shape[1]):
            target.faces[person, carer] = source.faces[person, carer]


@compiled
def copy_all(source, target):  # type: ignore[no-untyped-def]
    """Copy one list over another of its length."""
    for i in range(len(source)):
        target[i] = source[i]
