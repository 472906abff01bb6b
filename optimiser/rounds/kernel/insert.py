"""Where a visit fits, what each place costs, and putting it there."""

import numpy as np

from optimiser.rounds.kernel.links import (
    contract_cost,
    place_rest,
    put_node,
    set_placed,
)
from optimiser.rounds.kernel.state import (
    CONTRACT,
    FACES,
    FAR,
    LATE,
    PARTS_OF_COST,
    TRAVEL,
    compiled,
    compiled_inline,
    take_back,
    unit,
)
from optimiser.rounds.kernel.times import settle_back, settle_forward

MOST_SLOTS = 48  # places kept for one visit that needs several carers: the cheapest ones
PINNED = np.int64(1) << 50  # a pinned carer is chosen before all others
NOWHERE = np.int64(2**62)
TRIES, OVERLOOKED_AFTER_REFUSAL = 3, 0.3
NARROW = 150  # visits above which only places near a visit are looked at first


@compiled
def add_slot(room, base, count, cost, node, soon, late):  # type: ignore[no-untyped-def]
    """Keep a place among the cheapest ones, in order of cost; return how many are kept."""
    slots = room.slots
    if count == MOST_SLOTS:
        if cost >= slots[base + count - 1].cost:
            return count
        count -= 1
    i = base + count
    while i > base and slots[i - 1].cost > cost:
        slots[i] = slots[i - 1]
        i -= 1
    slots[i].cost = cost
    slots[i].node = node
    slots[i].soon = soon
    slots[i].late = late
    return count + 1


@compiled
def kept_apart(day, state, at, carer):  # type: ignore[no-untyped-def]
    """Whether this carer makes a visit that must have another carer than this one."""
    for i in range(day.fixed[at].apart_first, day.fixed[at].apart_end):
        other = day.apart[i]
        if state.moment[other].placed:
            first = day.fixed[other].first_node
            for n in range(first, first + day.fixed[other].parts):
                if day.rounds[state.node[n].round].carer == carer:
                    return True
    return False


@compiled
def window(day, state, at):  # type: ignore[no-untyped-def]
    """Return the first and last start that the visit's window and its ties leave."""
    low = day.fixed[at].earliest
    high = day.fixed[at].deadline
    first = day.fixed[at].group_first
    for t in range(day.fixed[at].tie_first, day.fixed[at].tie_end):
        tie = day.tie[t]
        other = day.group[first + tie.other]
        if state.moment[other].placed:
            if not tie.holds:
                low = max(low, state.moment[other].soonest + tie.gap)
            elif not day.open_ended:
                high = min(high, state.moment[other].latest - tie.gap)
    return low, high


@compiled
def beyond_travel(day, state, at, r, added):  # type: ignore[no-untyped-def]
    """Return what one more stop costs beyond travel; NOWHERE if the carer would work too long."""
    carer = day.rounds[r].carer
    work = state.work[carer]
    more = added + day.fixed[at].minutes
    if work + more > day.most_work[carer]:
        return NOWHERE
    cost = day.assign_cost[at, r]
    if day.rates[FACES] > 0 and state.faces[day.fixed[at].person, carer] == 0:
        cost += day.rates[FACES]
    if day.rates[CONTRACT] > 0:
        cost += contract_cost(day, carer, work + more) - contract_cost(day, carer, work)
    return cost


@compiled
def find_slots(day, state, room, at, blink, random, wide, base, only_best):  # type: ignore[no-untyped-def]
    """Collect places where a visit fits, cheapest first; each is skipped with chance `blink`.

    `wide` looks at every place, else only at those beside a near visit and in empty rounds. They
    are kept from `base` on in room.slots, or just the best one; their number is returned.
    """
    visits = len(day.leave_out_cost)
    node = state.node
    rounds = len(day.rounds)
    begins = len(node) - 2 * rounds
    low, high = window(day, state, at)
    if low > high:
        return 0
    room.tally[2] += 1
    stamp = room.tally[2]
    here = day.fixed[at].first_node
    places = 0
    if wide:
        for i in range(day.fixed[at].option_first, day.fixed[at].option_end):
            r = day.option[i]
            if room.active[r]:
                n = begins + r
                while node[n].at < visits + rounds:
                    room.places[places] = n
                    places += 1
                    n = node[n].following
    else:
        for k in range(day.near.shape[1]):
            other = day.near[at, k]
            if not state.moment[other].placed:
                continue
            first = day.fixed[other].first_node
            for n in range(first, first + day.fixed[other].parts):
                r = node[n].round
                if not room.active[r] or day.allowed[at, r] == 0:
                    continue
                if room.seen[n] != stamp:
                    room.seen[n] = stamp
                    room.places[places] = n
                    places += 1
                p = node[n].preceding
                if room.seen[p] != stamp:
                    room.seen[p] = stamp
                    room.places[places] = p
                    places += 1
        for i in range(day.fixed[at].option_first, day.fixed[at].option_end):
            r = day.option[i]
            if room.active[r] and state.stops[r] == 0:
                room.places[places] = begins + r
                places += 1
    count = 0
    best = NOWHERE
    for i in range(places):
        before = room.places[i]
        r = node[before].round
        most = best if only_best and day.allowed[at, r] != 2 else NOWHERE
        cost, soon, late = look(day, state, at, here, before, low, high, most)
        if cost == NOWHERE:
            continue
        lateness = lateness_cost(day, at, soon, late)
        if only_best and cost + lateness >= best:
            continue
        if unit(random) < blink or kept_apart(day, state, at, day.rounds[r].carer):
            continue
        if only_best:
            best = cost + lateness
            room.slots[base].node = before
            room.slots[base].cost = best
            count = 1
        else:
            count = add_slot(room, base, count, cost, before, soon, late)
    return count


@compiled_inline
def lateness_cost(day, at, start, late):  # type: ignore[no-untyped-def]
    """Return what a start after `due`, or after what later stops leave, costs where it may be."""
    if not day.open_ended:
        return np.int64(0)
    start = np.int64(start)
    beyond = max(np.int64(0), start - day.fixed[at].due) + max(np.int64(0), start - late)
    return day.rates[LATE] * beyond


@compiled_inline
def look(day, state, at, here, before, low, high, most):  # type: ignore[no-untyped-def]
    """Return what the place after one node costs, lateness aside, and its first and last start.

    NOWHERE if it cannot be, or if its travel alone costs `most`.
    """
    node = state.node
    r = node[before].round
    mode = day.rounds[r].mode
    there = node[before].at
    after = node[before].following
    leave = state.moment[there].soonest + day.fixed[there].minutes
    if node[before].pause > 0:
        leave = max(leave, day.rounds[r].rest_earliest) + node[before].pause
    if leave > high:
        return NOWHERE, low, high
    come = day.travel[mode, node[before].place, node[here].place]
    go = day.travel[mode, node[here].place, node[after].place]
    soon = max(low, leave + come)
    limit = state.moment[node[after].at].latest
    if limit < FAR:
        limit -= day.fixed[at].minutes + go
    late = min(high, limit)
    if soon > late and not day.open_ended:
        return NOWHERE, soon, late
    added = np.int64(come) + go
    if state.stops[r] > 0:
        added -= day.travel[mode, node[before].place, node[after].place]
    cost = day.rates[TRAVEL] * added
    if cost >= most:
        return NOWHERE, soon, late
    more = beyond_travel(day, state, at, r, added)
    if more == NOWHERE:
        return NOWHERE, soon, late
    cost += more
    if day.allowed[at, r] == 2:
        cost -= PINNED
    return cost, soon, late


@compiled
def crossing(day, state, a, b):  # type: ignore[no-untyped-def]
    """Whether the stop before place b may hang on the stop after place a (each waits for other)."""
    visits = len(day.leave_out_cost)
    after = state.node[state.node[a].following].at
    there = state.node[b].at
    if after >= visits or there >= visits:
        return False  # the end of a round holds nobody up, and its beginning waits for nobody
    return state.moment[there].soonest >= state.moment[after].soonest + day.fixed[after].minutes


@compiled
def fits_with(day, state, room, slot, taken):  # type: ignore[no-untyped-def]
    """Whether a place may join the places chosen so far: another carer, and no deadlock."""
    n = room.slots[slot].node
    for i in range(taken):
        other = room.slots[room.chosen[i]].node
        if day.rounds[state.node[other].round].carer == day.rounds[state.node[n].round].carer:
            return False
        if crossing(day, state, n, other) or crossing(day, state, other, n):
            return False
    return True


@compiled
def choose_slots(day, state, room, at, need, count):  # type: ignore[no-untyped-def]
    """Choose the cheapest places at one moment for a visit that needs several carers.

    Exact for two carers (every cheapest partner of every place); for more, each place is the
    beginning of one greedy choice.
    """
    slots = room.slots
    best = NOWHERE
    kept = len(room.chosen) - need
    found = False
    for anchor in range(count):
        room.chosen[0] = anchor
        taken = 1
        total = slots[anchor].cost
        soon = slots[anchor].soon
        late = slots[anchor].late
        for slot in range(anchor + 1, count):
            if total + slots[slot].cost >= best and slots[slot].cost >= 0:
                break
            both_soon = max(soon, slots[slot].soon)
            both_late = min(late, slots[slot].late)
            if both_soon > both_late and not day.open_ended:
                continue
            if not fits_with(day, state, room, slot, taken):
                continue
            room.chosen[taken] = slot
            taken += 1
            total += slots[slot].cost
            soon = both_soon
            late = both_late
            if taken == need:
                total += lateness_cost(day, at, soon, late)
                if total < best:
                    best = total
                    found = True
                    for i in range(need):
                        room.chosen[kept + i] = room.chosen[i]
                break
    for i in range(need):
        room.chosen[i] = room.chosen[kept + i]
    return found


@compiled
def link(day, state, room, at, slots):  # type: ignore[no-untyped-def]
    """Put a visit into the chosen places; False, and all as before, if that cannot be."""
    mark = room.tally[0]
    for i in range(PARTS_OF_COST):
        room.saved[1, i] = state.sums[i]
    first = day.fixed[at].first_node
    for i in range(slots):
        put_node(day, state, room, first + i, room.slots[room.chosen[i]].node)
    set_placed(day, state, room, at, 1)
    fine = True
    for i in range(slots):
        fine = fine and round_can_be(day, state, room, state.node[first + i].round)
    if fine and settle_forward(day, state, room, mark):
        settle_back(day, state, room, mark)
        return True
    take_back(state, room, mark, 1)
    return False


@compiled
def round_can_be(day, state, room, r):  # type: ignore[no-untyped-def]
    """Give a changed round its break; False if it has no room for it or the work is too long."""
    carer = day.rounds[r].carer
    return place_rest(day, state, room, r) and state.work[carer] <= day.most_work[carer]


@compiled
def place(day, state, room, at, blink, random):  # type: ignore[no-untyped-def]
    """Put a visit where it costs least; False if no place costs less than leaving it out."""
    other = partner(day, state, at)
    if other >= 0 and place_two(day, state, room, at, other, blink, random):
        return True
    narrow = len(day.leave_out_cost) > NARROW and not day.fixed[at].pinned
    if narrow and place_among(day, state, room, at, blink, random, False):
        return True
    return place_among(day, state, room, at, blink, random, True)


@compiled
def place_among(day, state, room, at, blink, random, wide):  # type: ignore[no-untyped-def]
    """Put a visit into the cheapest of the places looked at; False if none will do.

    Where times, a break or the hours refuse the cheapest, others are tried, drawn by lot.
    """
    for _ in range(TRIES):
        chosen = choose(day, state, room, at, blink, random, wide)
        if chosen < 0:
            return False
        if link(day, state, room, at, chosen):
            return True
        blink = OVERLOOKED_AFTER_REFUSAL
    return False


@compiled
def choose(day, state, room, at, blink, random, wide):  # type: ignore[no-untyped-def]
    """Choose the cheapest place or places into room.chosen; -1 if leaving out costs less."""
    need = day.fixed[at].parts
    count = find_slots(day, state, room, at, blink, random, wide, 0, need == 1)
    if count < need:
        return -1
    if need == 1:
        room.chosen[0] = 0
    elif not choose_slots(day, state, room, at, need, count):
        return -1
    pinned = 0
    cost = np.int64(0)
    for i in range(need):
        slot = room.slots[room.chosen[i]]
        cost += slot.cost
        if slot.cost < -PINNED // 2:
            pinned += 1
            cost += PINNED
    if pinned < day.fixed[at].pinned or cost > day.leave_out_cost[at]:
        return -1
    return need


@compiled
def partner(day, state, at):  # type: ignore[no-untyped-def]
    """Return the one visit tied to this one, if both want one carer and may be placed; else -1."""
    first = day.fixed[at].group_first
    if day.fixed[at].group_end - first != 2 or day.fixed[at].parts > 1 or day.fixed[at].pinned:
        return -1
    other = day.group[first] if day.group[first] != at else day.group[first + 1]
    if day.fixed[other].parts > 1 or day.fixed[other].pinned:
        return -1
    return -1 if state.moment[other].placed or state.moment[other].frozen else other


@compiled
def place_two(day, state, room, at, other, blink, random):  # type: ignore[no-untyped-def]
    """Put two visits tied to each other where they cost least together; False if nowhere."""
    wide = len(day.leave_out_cost) <= NARROW
    slots = room.slots
    ones = find_slots(day, state, room, at, blink, random, wide, 0, False)
    if ones == 0:
        return False
    others = find_slots(day, state, room, other, blink, random, wide, MOST_SLOTS, False)
    best = day.leave_out_cost[at] + day.leave_out_cost[other]
    one_kept = -1
    other_kept = -1
    for i in range(ones):
        if others == 0 or slots[i].cost + slots[MOST_SLOTS].cost >= best:
            break
        a = slots[i].node
        for j in range(MOST_SLOTS, MOST_SLOTS + others):
            cost = slots[i].cost + slots[j].cost
            if cost >= best:
                break
            b = slots[j].node
            if a == b:
                continue
            if (
                day.fixed[at].apart_end > day.fixed[at].apart_first
                and day.rounds[state.node[a].round].carer == day.rounds[state.node[b].round].carer
            ):
                continue
            one, two = tied_starts(day, at, other, slots[i].soon, slots[j].soon)
            if not day.open_ended and (one > slots[i].late or two > slots[j].late):
                continue
            cost += lateness_cost(day, at, one, slots[i].late)
            cost += lateness_cost(day, other, two, slots[j].late)
            if cost < best:
                best = cost
                one_kept = i
                other_kept = j
    if one_kept < 0:
        return False
    mark = room.tally[0]
    for i in range(PARTS_OF_COST):
        room.saved[1, i] = state.sums[i]
    x = day.fixed[at].first_node
    y = day.fixed[other].first_node
    put_node(day, state, room, x, slots[one_kept].node)
    put_node(day, state, room, y, slots[other_kept].node)
    set_placed(day, state, room, at, 1)
    set_placed(day, state, room, other, 1)
    if (
        round_can_be(day, state, room, state.node[x].round)
        and round_can_be(day, state, room, state.node[y].round)
        and settle_forward(day, state, room, mark)
    ):
        settle_back(day, state, room, mark)
        return True
    take_back(state, room, mark, 1)
    return False


@compiled
def tied_starts(day, at, other, one, two):  # type: ignore[no-untyped-def]
    """Return the least starts from `one` and `two` on that keep the ties between two visits."""
    for _ in range(2):
        for t in range(day.fixed[at].tie_first, day.fixed[at].tie_end):
            tie = day.tie[t]
            if tie.holds:
                two = max(two, one + tie.gap)
            else:
                one = max(one, two + tie.gap)
    return one, two
