"""Ruin and recreate: cut neighbouring strings of stops out of several rounds, put them back.

After Christiaens and Vanden Berghe, "Slack induction by string removals" (2020).
"""

import numpy as np

from optimiser.rounds.kernel.insert import place, place_among, round_can_be
from optimiser.rounds.kernel.links import set_placed, take_node
from optimiser.rounds.kernel.state import LEFT_OUT, below, compiled, unit
from optimiser.rounds.kernel.times import settle_back, settle_forward

MOST_ABSENT = 4  # visits left out that one step tries to put back
NEAR_ABSENT = 40  # and how near they are to where rounds are cut
RULES = 16  # orders drawn for putting visits back


@compiled
def take_out(day, state, room, at):  # type: ignore[no-untyped-def]
    """Take a visit out of its rounds; times are settled by the caller."""
    first = day.fixed[at].first_node
    for n in range(first, first + day.fixed[at].parts):
        take_node(day, state, room, n)
    set_placed(day, state, room, at, 0)


@compiled
def settle_without(day, state, room, count):  # type: ignore[no-untyped-def]
    """Settle times after the first `count` visits of room.out were taken out; False if refused."""
    for i in range(count):
        at = room.out[i]
        first = day.fixed[at].first_node
        for n in range(first, first + day.fixed[at].parts):
            r = state.node[state.node[n].following].round
            if r >= 0 and not round_can_be(day, state, room, r):
                return False
    if not settle_forward(day, state, room, 0):
        return False
    settle_back(day, state, room, 0)
    return True


@compiled
def cut_string(day, state, room, n, length, gap, random, count):  # type: ignore[no-untyped-def]
    """Take out `length` stops in a row around a node, leaving `gap` of them in the middle."""
    visits = len(day.leave_out_cost)
    node = state.node
    start = n
    for _ in range(below(random, length + gap)):
        if node[node[start].preceding].at >= visits:
            break
        start = node[start].preceding
    spared = 1 + below(random, length - 1) if gap > 0 and length > 1 else length + gap
    i = 0
    while node[start].at < visits and i < length + gap:
        after = node[start].following
        if (i < spared or i >= spared + gap) and not state.moment[node[start].at].frozen:
            # Both parts of a double-up never stand in one round, so `after` stays in it.
            room.out[count] = node[start].at
            take_out(day, state, room, node[start].at)
            count += 1
        start = after
        i += 1
    return count


@compiled
def ruin(day, state, room, average, longest, random):  # type: ignore[no-untyped-def]
    """Cut strings of stops out of rounds near each other; return the number in room.out.

    A few visits that were left out before come last. -1 if what is left cannot be timed.
    """
    own = room.tally[3]
    seed = room.own[below(random, own)]
    if state.sums[LEFT_OUT] > 0 and unit(random) < 0.3:
        i = below(random, own)
        for _ in range(own):  # the next visit left out, from a random one on
            if not state.moment[room.own[i]].placed:
                seed = room.own[i]
                break
            i = i + 1 if i + 1 < own else 0
    absent = 0
    for k in range(min(NEAR_ABSENT, day.around.shape[1])):
        at = day.around[seed, k]
        if not state.moment[at].placed and not state.moment[at].frozen and absent < MOST_ABSENT:
            room.keys[absent] = at
            absent += 1
    if not state.moment[seed].placed:
        room.keys[absent] = seed
        absent += 1
    room.tally[2] += 1
    stamp = room.tally[2]
    strings = 1 + below(random, max(1.0, 4.0 * average / (1.0 + longest) - 1.0))
    count = 0
    cut = 0
    for k in range(-1, day.around.shape[1]):
        at = seed if k < 0 else day.around[seed, k]
        if not state.moment[at].placed or state.moment[at].frozen:
            continue
        parts = day.fixed[at].parts
        n = day.fixed[at].first_node + (below(random, parts) if parts > 1 else 0)
        r = state.node[n].round
        if room.cut[r] == stamp:
            continue
        room.cut[r] = stamp
        length = 1 + below(random, min(longest, state.stops[r]))
        gap = 0
        if length > 1 and unit(random) < 0.5:
            while gap < state.stops[r] - length and unit(random) < 0.5:
                gap += 1
        count = cut_string(day, state, room, n, length, gap, random, count)
        cut += 1
        if cut >= strings:
            break
    if not settle_without(day, state, room, count):
        return -1
    for i in range(absent):
        room.out[count] = room.keys[i]
        count += 1
    return count


@compiled
def order(day, room, count, random):  # type: ignore[no-untyped-def]
    """Sort the visits to put back by a rule drawn by lot; double-ups before single ones, mostly."""
    rule = below(random, RULES)
    pairs_first = unit(random) < 0.7
    for i in range(count):
        at = room.out[i]
        fixed = day.fixed[at]
        key = np.int64(below(random, 1000))
        if rule < 4:
            key += 1000 * np.int64(min(fixed.deadline, fixed.due) - fixed.earliest)
        elif rule < 6:
            key += 1000 * np.int64(fixed.earliest)
        elif rule < 8:
            key -= 1000 * np.int64(min(fixed.deadline, fixed.due))
        elif rule < 10:
            key -= 1000 * np.int64(fixed.minutes)
        if pairs_first:
            key -= (np.int64(fixed.parts) - 1) << 50
        room.keys[i] = key
    for i in range(1, count):
        at = room.out[i]
        key = room.keys[i]
        j = i
        while j > 0 and room.keys[j - 1] > key:
            room.keys[j] = room.keys[j - 1]
            room.out[j] = room.out[j - 1]
            j -= 1
        room.keys[j] = key
        room.out[j] = at


@compiled
def ruin_and_recreate(day, state, room, average, longest, blink, random):  # type: ignore[no-untyped-def]
    """Make one step; False if it could not be made at all and is to be taken back."""
    count = ruin(day, state, room, average, longest, random)
    if count < 0:
        return False
    order(day, room, count, random)
    for k in range(count):
        if not state.moment[room.out[k]].placed:
            place(day, state, room, room.out[k], blink, random)
    return True


@compiled
def reseat(day, state, room, at, blink, random):  # type: ignore[no-untyped-def]
    """Take a visit and those tied to it out and put them back; False as above."""
    count = 0
    first = day.fixed[at].group_first
    end = day.fixed[at].group_end
    for k in range(first, max(end, first + 1)):
        one = at if first == end else day.group[k]
        if state.moment[one].frozen:
            return False
        if state.moment[one].placed:
            take_out(day, state, room, one)
        room.out[count] = one
        count += 1
    if not settle_without(day, state, room, count):
        return False
    order(day, room, count, random)
    for k in range(count):
        if not state.moment[room.out[k]].placed:
            place(day, state, room, room.out[k], blink, random)
    return True


@compiled
def fill(day, state, room, random, count):  # type: ignore[no-untyped-def]
    """Put the first `count` visits of room.out in, in that order, each where it costs least."""
    for i in range(count):
        room.tally[0] = 0
        if not state.moment[room.out[i]].placed:
            place_among(day, state, room, room.out[i], 0.0, random, True)
