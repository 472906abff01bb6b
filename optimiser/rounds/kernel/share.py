"""Sharing one solution among threads: each changes some rounds, then the parts are put together.

What hangs on another thread's rounds is held still for that while: a double-up across the border
keeps its carers and its start.
"""

import numpy as np

from optimiser.rounds.kernel.links import contract_cost, late_cost, leg, moved_cost
from optimiser.rounds.kernel.state import (
    ASSIGN,
    CONTRACT,
    FACES,
    FAR,
    LATE,
    LEFT_OUT,
    MOVED,
    PARTS_OF_COST,
    SPAN,
    TRAVEL,
    compiled,
)
from optimiser.rounds.kernel.times import push, settle_latest, settle_soonest, settle_worst


@compiled
def take_share(day, state, room, part, mine, parts):  # type: ignore[no-untyped-def]
    """Hold still what is not in this thread's part; `part` numbers rounds, `mine` is its number."""
    for r in range(len(day.rounds)):
        room.active[r] = part[r] == mine
    own = 0
    for at in range(len(day.leave_out_cost)):
        moment = state.moment[at]
        if part_of(day, state, at, part, parts) == mine:
            moment.frozen = 0
            room.own[own] = at
            own += 1
        else:
            moment.frozen = 1
            if moment.placed:
                moment.latest = moment.soonest
    room.tally[3] = own


@compiled
def part_of(day, state, at, part, parts):  # type: ignore[no-untyped-def]
    """Return the one part a visit and all tied to it stand in; -1 if they stand in several.

    Visits left out, with all tied to them, fall to a part by their number.
    """
    fixed = day.fixed[at]
    found = -1
    for k in range(fixed.group_first, max(fixed.group_end, fixed.group_first + 1)):
        one = at if fixed.group_end == fixed.group_first else day.group[k]
        if state.moment[one].placed:
            first = day.fixed[one].first_node
            for n in range(first, first + day.fixed[one].parts):
                here = part[state.node[n].round]
                if found >= 0 and here != found:
                    return -1
                found = here
    if found < 0:
        found = (at if fixed.group_end == fixed.group_first else fixed.group_first) % parts
    return found


@compiled
def give_back(day, state, room, whole):  # type: ignore[no-untyped-def]
    """Copy what a thread was free to change into the whole solution; times are settled after."""
    nodes = len(state.node)
    rounds = len(day.rounds)
    visits = len(day.leave_out_cost)
    for r in range(rounds):
        if not room.active[r]:
            continue
        whole.stops[r] = state.stops[r]
        whole.rest_after[r] = state.rest_after[r]
        carer = day.rounds[r].carer
        whole.work[carer] = state.work[carer]
        if day.rates[FACES] > 0:
            for person in range(whole.faces.shape[0]):
                whole.faces[person, carer] = state.faces[person, carer]
        n = nodes - 2 * rounds + r
        while n >= 0:
            whole.node[n] = state.node[n]
            n = state.node[n].following
        for k in range(2):
            whole.moment[visits + k * rounds + r] = state.moment[visits + k * rounds + r]
    for i in range(room.tally[3]):
        at = room.own[i]
        whole.moment[at] = state.moment[at]
        first = day.fixed[at].first_node
        for n in range(first, first + day.fixed[at].parts):
            whole.node[n] = state.node[n]


@compiled
def settle_whole(day, state, room):  # type: ignore[no-untyped-def]
    """Free every visit and round, settle all times from where they are and add the cost up anew."""
    visits = len(day.leave_out_cost)
    rounds = len(day.rounds)
    room.tally[0] = 0
    room.tally[3] = visits
    tail = 0
    for at in range(visits):
        state.moment[at].frozen = 0
        room.own[at] = at
        tail = push(room, at, tail)
    for r in range(rounds):
        room.active[r] = 1
        tail = push(room, visits + rounds + r, tail)
    settle_soonest(day, state, room, tail, FAR)  # it does settle: these times are kept already
    room.tally[0] = 0
    tail = 0
    for at in range(visits):
        tail = push(room, at, tail)
    settle_latest(day, state, room, tail)
    room.tally[0] = 0
    add_up(day, state)
    room.tally[1] = 1
    settle_worst(day, state, room)


@compiled
def add_up(day, state):  # type: ignore[no-untyped-def]
    """Work every part of the cost but the worst lateness out from the rounds."""
    visits = len(day.leave_out_cost)
    rounds = len(day.rounds)
    for i in range(PARTS_OF_COST):
        state.sums[i] = 0
    for carer in range(len(state.work)):
        state.work[carer] = 0
    for person in range(state.faces.shape[0]):
        for carer in range(state.faces.shape[1]):
            state.faces[person, carer] = 0
    for at in range(visits):
        if state.moment[at].placed:
            state.sums[LATE] += late_cost(day, at, state.moment[at].soonest)
            state.sums[MOVED] += moved_cost(day, at, state.moment[at].soonest)
        else:
            state.sums[LEFT_OUT] += day.leave_out_cost[at]
    for r in range(rounds):
        if state.stops[r] == 0:
            continue
        mode = day.rounds[r].mode
        carer = day.rounds[r].carer
        n = len(state.node) - 2 * rounds + r
        begins = state.moment[state.node[n].at].soonest
        while state.node[n].following >= 0:
            f = state.node[n].following
            travel = leg(day, state, mode, n, f)
            state.sums[TRAVEL] += day.rates[TRAVEL] * travel
            state.work[carer] += travel + state.node[n].pause
            n = f
            at = state.node[n].at
            if at < visits:
                state.sums[ASSIGN] += day.assign_cost[at, r]
                state.work[carer] += day.fixed[at].minutes
                if day.rates[FACES] > 0:
                    person = day.fixed[at].person
                    if state.faces[person, carer] == 0:
                        state.sums[FACES] += day.rates[FACES]
                    state.faces[person, carer] += 1
        span = np.int64(state.moment[state.node[n].at].soonest) - begins
        state.sums[SPAN] += day.rates[SPAN] * span
    for carer in range(len(day.contract)):
        state.sums[CONTRACT] += contract_cost(day, carer, state.work[carer])
