"""Settling times: soonest starts forward, latest starts back, only as far as a change reaches.

`soonest` is the least start that travel, breaks, windows and ties allow: the least fixpoint.
`latest` is the greatest start that still lets everything after it keep its deadline; where no
visit has one (`open_ended`), the greatest start that makes nothing later than it is.
Visits tied to each other are settled together from what journeys alone allow, so that two starts
never hold each other up after the cause is gone.
"""

import numpy as np

from optimiser.rounds.kernel.links import late_cost, moved_cost
from optimiser.rounds.kernel.state import (
    FAR,
    FOLLOWING,
    LATE,
    LATEST,
    MOVED,
    OF_ROUND,
    PAUSE,
    PLACED,
    PRECEDING,
    SOONEST,
    SPAN,
    WORST,
    compiled,
    note,
)

MOST_OFTEN = 8  # changes of one time in one settling: more is two visits waiting for each other


@compiled
def come_to(day, state, n):  # type: ignore[no-untyped-def]
    """Return when the carer of a node can be there."""
    node = state.node
    p = node[n].preceding
    there = node[p].at
    r = node[n].round
    leave = state.moment[there].soonest + day.fixed[there].minutes
    if node[p].pause > 0:
        leave = max(leave, day.rounds[r].rest_earliest) + node[p].pause
    return leave + day.travel[day.rounds[r].mode, node[p].place, node[n].place]


@compiled
def bare_soonest(day, state, at):  # type: ignore[no-untyped-def]
    """Return the least start that window and journeys allow, ties left aside."""
    first = day.fixed[at].first_node
    time = max(day.fixed[at].earliest, come_to(day, state, first))
    for n in range(first + 1, first + day.fixed[at].parts):
        time = max(time, come_to(day, state, n))
    return time


@compiled
def bare_latest(day, state, at):  # type: ignore[no-untyped-def]
    """Return the greatest start that the stops after it allow, ties left aside."""
    node = state.node
    if day.open_ended:
        time = max(day.fixed[at].due, state.moment[at].soonest)
    else:
        time = day.fixed[at].deadline
    first = day.fixed[at].first_node
    for n in range(first, first + day.fixed[at].parts):
        f = node[n].following
        r = node[n].round
        after = node[f].at
        go = state.moment[after].latest
        if go < FAR:
            go -= day.travel[day.rounds[r].mode, node[n].place, node[f].place]
        if node[n].pause > 0:
            go = min(go - node[n].pause, day.rounds[r].rest_latest)
        time = min(time, go - day.fixed[at].minutes)
    return time


@compiled
def push(room, at, tail):  # type: ignore[no-untyped-def]
    """Queue a visit whose time may have changed; return the new end of the queue."""
    if room.queued[at]:
        return tail
    room.queued[at] = 1
    room.queue[tail] = at
    tail += 1
    return 0 if tail == len(room.queue) else tail


@compiled
def push_following(day, state, room, at, tail):  # type: ignore[no-untyped-def]
    """Queue what comes after a visit in its rounds."""
    first = day.fixed[at].first_node
    for n in range(first, first + day.fixed[at].parts):
        tail = push(room, state.node[state.node[n].following].at, tail)
    return tail


@compiled
def push_preceding(day, state, room, at, tail):  # type: ignore[no-untyped-def]
    """Queue what comes before a visit in its rounds."""
    first = day.fixed[at].first_node
    for n in range(first, first + day.fixed[at].parts):
        tail = push(room, state.node[state.node[n].preceding].at, tail)
    return tail


@compiled
def forget(room, head, tail):  # type: ignore[no-untyped-def]
    """Empty the queue."""
    while head != tail:
        room.queued[room.queue[head]] = 0
        head = head + 1 if head + 1 < len(room.queue) else 0


@compiled
def set_soonest(day, state, room, at, time):  # type: ignore[no-untyped-def]
    """Set a start and what hangs on it; False if it is too late for the visit or a break."""
    visits = len(day.leave_out_cost)
    moment = state.moment[at]
    was = moment.soonest
    if time > day.fixed[at].deadline or moment.frozen:
        return False
    note(room, SOONEST, at, was)
    moment.soonest = time
    if at >= visits:
        state.sums[SPAN] += day.rates[SPAN] * np.int64(time - was)
        return True
    first = day.fixed[at].first_node
    for n in range(first, first + day.fixed[at].parts):
        if state.node[n].pause > 0:
            r = state.node[n].round
            if time + day.fixed[at].minutes > day.rounds[r].rest_latest:
                return False
    if max(time, was) > day.fixed[at].due:
        state.sums[LATE] += late_cost(day, at, time) - late_cost(day, at, was)
        room.tally[1] = 1
    if day.rates[MOVED] > 0:
        state.sums[MOVED] += moved_cost(day, at, time) - moved_cost(day, at, was)
    return True


@compiled
def soonest_of_group(day, state, room, first, end):  # type: ignore[no-untyped-def]
    """Work out the starts of visits tied to each other into room.bare; False if they cannot be."""
    for k in range(first, end):
        at = day.group[k]
        if state.moment[at].placed:
            time = bare_soonest(day, state, at)
            if state.moment[at].frozen:
                if time > state.moment[at].soonest:
                    return False
                time = state.moment[at].soonest
            room.bare[k - first] = time
    changed = True
    passes = 0
    while changed:
        changed = False
        passes += 1
        if passes > end - first + 1:
            return False
        for k in range(first, end):
            at = day.group[k]
            if not state.moment[at].placed:
                continue
            for t in range(day.fixed[at].tie_first, day.fixed[at].tie_end):
                tie = day.tie[t]
                if tie.holds:
                    continue
                other = day.group[first + tie.other]
                if state.moment[other].placed:
                    time = room.bare[tie.other] + tie.gap
                    if time > room.bare[k - first]:
                        room.bare[k - first] = time
                        changed = True
    return True


@compiled
def settle_soonest(day, state, room, tail, most_often):  # type: ignore[no-untyped-def]
    """Settle soonest starts from the queued visits on; False if a deadline cannot be kept.

    False too if a time changes more than `most_often` times.
    """
    visits = len(day.leave_out_cost)
    node = state.node
    moment = state.moment
    head = 0
    at = 0
    mark = room.tally[0]
    fine = True
    while fine and head != tail:
        at = room.queue[head]
        head = head + 1 if head + 1 < len(room.queue) else 0
        room.queued[at] = 0
        if at >= visits:
            n = day.fixed[at].first_node
            if node[n].preceding < 0:
                continue
            r = node[n].round
            if state.stops[r] == 0:
                p = node[n].preceding
                time = moment[node[p].at].soonest + day.rounds[r].between_ends
            else:
                time = come_to(day, state, n)
            if time != moment[at].soonest:
                fine = set_soonest(day, state, room, at, time)
            continue
        if not moment[at].placed:
            continue
        first = day.fixed[at].group_first
        end = day.fixed[at].group_end
        if end == first:
            time = bare_soonest(day, state, at)
            if time == moment[at].soonest or (moment[at].frozen and time < moment[at].soonest):
                continue
            room.often[at] += 1
            fine = room.often[at] <= most_often and set_soonest(day, state, room, at, time)
            tail = push_following(day, state, room, at, tail)
            continue
        fine = soonest_of_group(day, state, room, first, end)
        k = first
        while fine and k < end:
            at = day.group[k]
            time = room.bare[k - first]
            k += 1
            if moment[at].placed and time != moment[at].soonest:
                room.often[at] += 1
                fine = room.often[at] <= most_often and set_soonest(day, state, room, at, time)
                tail = push_following(day, state, room, at, tail)
    forget(room, head, tail)
    for i in range(mark, room.tally[0]):
        if room.journal[i].kind == SOONEST:
            room.often[room.journal[i].index] = 0
    room.often[at] = 0  # the last one may have been refused before it was written down
    return fine


@compiled
def latest_of_group(day, state, room, first, end):  # type: ignore[no-untyped-def]
    """Work out the latest starts of visits tied to each other into room.bare."""
    for k in range(first, end):
        at = day.group[k]
        if state.moment[at].placed:
            if state.moment[at].frozen:
                room.bare[k - first] = state.moment[at].latest
            else:
                room.bare[k - first] = bare_latest(day, state, at)
    changed = True
    passes = 0
    while changed and passes <= end - first:
        changed = False
        passes += 1
        for k in range(first, end):
            at = day.group[k]
            if not state.moment[at].placed:
                continue
            for t in range(day.fixed[at].tie_first, day.fixed[at].tie_end):
                tie = day.tie[t]
                if not tie.holds:
                    continue
                other = day.group[first + tie.other]
                if state.moment[other].placed and not state.moment[at].frozen:
                    time = room.bare[tie.other] - tie.gap
                    if time < room.bare[k - first]:
                        room.bare[k - first] = time
                        changed = True


@compiled
def settle_latest(day, state, room, tail):  # type: ignore[no-untyped-def]
    """Settle latest starts from the queued visits back."""
    visits = len(day.leave_out_cost)
    moment = state.moment
    head = 0
    mark = room.tally[0]
    while head != tail:
        at = room.queue[head]
        head = head + 1 if head + 1 < len(room.queue) else 0
        room.queued[at] = 0
        if at >= visits or not moment[at].placed:
            continue
        first = day.fixed[at].group_first
        end = day.fixed[at].group_end
        alone = end == first
        if alone:
            room.bare[0] = bare_latest(day, state, at)
            end = first + 1
        else:
            latest_of_group(day, state, room, first, end)
        for k in range(first, end):
            if not alone:
                at = day.group[k]
            time = room.bare[k - first]
            if not moment[at].placed or time == moment[at].latest or moment[at].frozen:
                continue
            room.often[at] += 1
            if room.often[at] > 4 * MOST_OFTEN:
                continue
            note(room, LATEST, at, moment[at].latest)
            moment[at].latest = time
            tail = push_preceding(day, state, room, at, tail)
    for i in range(mark, room.tally[0]):
        if room.journal[i].kind == LATEST:
            room.often[room.journal[i].index] = 0


@compiled
def push_group(day, state, room, at, tail):  # type: ignore[no-untyped-def]
    """Queue the visits tied to one."""
    for k in range(day.fixed[at].group_first, day.fixed[at].group_end):
        if state.moment[day.group[k]].placed:
            tail = push(room, day.group[k], tail)
    return tail


@compiled
def settle_forward(day, state, room, mark):  # type: ignore[no-untyped-def]
    """Settle soonest starts after what the journal says was changed since `mark`.

    What was moved is settled first: its old time says nothing where it stands now, and would
    refuse what comes after it.
    """
    node = state.node
    tail = 0
    for i in range(mark, room.tally[0]):
        index = room.journal[i].index
        if room.journal[i].kind == OF_ROUND and node[index].round >= 0:
            tail = push(room, node[index].at, tail)
    for i in range(mark, room.tally[0]):
        index = room.journal[i].index
        kind = room.journal[i].kind
        if kind == PRECEDING:
            if node[index].round >= 0:
                tail = push(room, node[index].at, tail)
        elif kind == PAUSE:
            if node[index].round >= 0:
                tail = push(room, node[node[index].following].at, tail)
        elif kind == PLACED:
            tail = push_group(day, state, room, index, tail)
    return settle_soonest(day, state, room, tail, MOST_OFTEN)


@compiled
def settle_back(day, state, room, mark):  # type: ignore[no-untyped-def]
    """Settle latest starts after what the journal says was changed since `mark`."""
    node = state.node
    tail = 0
    for i in range(mark, room.tally[0]):
        index = room.journal[i].index
        kind = room.journal[i].kind
        if kind == FOLLOWING or kind == PAUSE:  # noqa: SIM109 - as numba has it
            if node[index].round >= 0:
                tail = push(room, node[index].at, tail)
        elif kind == PLACED:
            tail = push_group(day, state, room, index, tail)
        elif kind == SOONEST and day.open_ended:
            tail = push(room, index, tail)
    settle_latest(day, state, room, tail)


@compiled
def settle_worst(day, state, room):  # type: ignore[no-untyped-def]
    """Bring the cost of the latest of all late visits up to date."""
    if room.tally[1] == 0:
        return
    room.tally[1] = 0
    if day.rates[WORST] == 0:
        return
    worst = np.int64(0)
    for at in range(len(day.leave_out_cost)):
        if state.moment[at].placed:
            worst = max(worst, np.int64(state.moment[at].soonest) - day.fixed[at].due)
    state.sums[WORST] = day.rates[WORST] * worst
