"""Annealing: thousands of steps, small and large, each kept if it is not too much worse."""

import numpy as np

from optimiser.rounds.kernel.insert import kept_apart, link
from optimiser.rounds.kernel.moves import small_move
from optimiser.rounds.kernel.ruin import reseat, ruin_and_recreate
from optimiser.rounds.kernel.state import (
    begin,
    below,
    compiled,
    copy_state,
    cost_of,
    take_back,
    unit,
)
from optimiser.rounds.kernel.times import settle_back, settle_worst

BLINK = 0.01  # share of places overlooked on purpose


@compiled
def anneal(  # type: ignore[no-untyped-def]
    day, state, best, room, random, steps, heat, ruins, reseats, average, longest
):
    """Make `steps` steps at one heat; return the best cost.

    `ruins` and `reseats` are the shares of steps that ruin and recreate, and that take one visit
    with those tied to it elsewhere; the others are small moves.
    """
    cost = cost_of(state)
    least = cost_of(best)
    for _ in range(steps):
        limit = np.int64(-heat * np.log(1.0 - unit(random)))
        begin(state, room)
        lot = unit(random)
        settled = lot < ruins + reseats
        if lot < ruins:
            made = ruin_and_recreate(day, state, room, average, longest, BLINK, random)
        elif settled:
            at = room.own[below(random, room.tally[3])]
            made = reseat(day, state, room, at, 0.1, random)
        else:
            made = small_move(day, state, room, limit, random)
        if room.tally[0] == 0:
            continue
        if made:
            settle_worst(day, state, room)
            made = cost_of(state) - cost <= limit
        if room.tally[4]:
            room.tally[4] = 0
            copy_state(best, state)
            cost = least
            continue
        if not made:
            take_back(state, room, 0, 0)
            continue
        cost = cost_of(state)
        if not settled:
            settle_back(day, state, room, 0)
        if cost < least:
            least = cost
            copy_state(state, best)
    return least


@compiled
def append(day, state, room, at, nodes):  # type: ignore[no-untyped-def]
    """Put a visit after the given nodes (a published order); False if it does not fit there."""
    room.tally[0] = 0
    pinned = 0
    for i in range(len(nodes)):
        r = state.node[nodes[i]].round
        if day.allowed[at, r] == 2:
            pinned += 1
        if kept_apart(day, state, at, day.rounds[r].carer):
            return False
        room.slots[i].node = nodes[i]
        room.chosen[i] = i
    if pinned < day.fixed[at].pinned:
        return False
    return link(day, state, room, at, len(nodes))
