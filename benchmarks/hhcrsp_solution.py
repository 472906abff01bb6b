"""Times, checks and cost of a solution to a public HHCRSP instance, apart from any engine.

Everything is worked out in reals from the instance itself, so that a fault of the engine, of its
thousandths or of our own check cannot hide behind itself.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from benchmarks.hhcrsp_instance import Caregiver, Instance, Patient, visit_id

TOLERANCE = 1e-6  # what reals added in another order may differ by
SMALLEST_STEP = 1e-9

Task = tuple[str, int]  # a patient and which of the services
Orders = Mapping[str, Sequence[Task]]  # by caregiver
# By task, what begins after it, and the minutes between the starts, in parts to be added in turn.
Links = dict[Task, list[tuple[Task, tuple[float, ...]]]]


class TimesError(ValueError):
    """Routes that no times can keep."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a solution adds up to, in minutes."""

    distance: float
    tardiness: float
    worst: float

    @property
    def total(self) -> float:
        """The collection's cost: a third of distance, total and maximum tardiness each."""
        return (self.distance + self.tardiness + self.worst) / 3


def orders_of_rounds(instance: Instance, rounds: Mapping[str, Sequence[str]]) -> Orders:
    """Turn visit ids in order by carer into the instance's own tasks."""
    task_of = {
        visit_id(patient, number): (patient.id, number)
        for patient in instance.patients
        for number in range(len(patient.services))
    }
    return {carer: [task_of[visit] for visit in visits] for carer, visits in rounds.items()}


def least_starts(instance: Instance, orders: Orders) -> dict[Task, float]:
    """Return the earliest starts that travel, windows and pairs allow, all at once.

    They are the least fixpoint: every start is raised to what asks for it until nothing does.
    Raises TimesError where raising one start raises itself again, for ever.
    """
    patients = {each.id: each for each in instance.patients}
    after: Links = {}
    starts: dict[Task, float] = {}
    for caregiver in instance.caregivers:
        order = orders.get(caregiver.id, ())
        for task in order:
            starts[task] = patients[task[0]].opens
        for before, task in pairwise(order):
            one, two = patients[before[0]], patients[task[0]]
            took = one.services[before[1]].duration
            leg = float(instance.distances[one.place, two.place])
            # In the order a reader adds them: start, then service, then journey.
            after.setdefault(before, []).append((task, (took, leg)))
        if order:
            first = patients[order[0][0]]
            come = float(instance.distances[caregiver.departs, first.place])
            starts[order[0]] = max(starts[order[0]], come)
    for patient in instance.patients:
        first_task, second_task = (patient.id, 0), (patient.id, 1)
        if patient.gap is not None and first_task in starts and second_task in starts:
            least, most = patient.gap
            after.setdefault(first_task, []).append((second_task, (least,)))
            after.setdefault(second_task, []).append((first_task, (-most,)))
    _raise_starts(starts, after)
    return starts


def _raise_starts(starts: dict[Task, float], after: Links) -> None:
    queued = dict.fromkeys(starts, 1)
    queue = deque(starts)
    waiting = set(starts)
    while queue:
        before = queue.popleft()
        waiting.discard(before)
        for task, parts in after.get(before, ()):
            least = starts[before]
            for each in parts:
                least += each
            if least <= starts[task] + SMALLEST_STEP:
                continue
            starts[task] = least
            if task in waiting:
                continue
            waiting.add(task)
            queue.append(task)
            queued[task] += 1
            # First come, first served, a start settles in as many rounds as there are starts.
            if queued[task] > len(starts) + 1:
                raise TimesError(f"the start of {_named(task)} is put off again and again")


def solution_of(instance: Instance, orders: Orders) -> dict[str, Any]:
    """Return the routes with their least times in the collection's own format."""
    starts = least_starts(instance, orders)
    patients = {each.id: each for each in instance.patients}
    routes = []
    for caregiver in instance.caregivers:
        locations = []
        for task in orders.get(caregiver.id, ()):
            service = patients[task[0]].services[task[1]]
            locations.append(
                {
                    "patient_id": task[0],
                    "service_id": service.ability,
                    "arrival_time": starts[task],
                    "departure_time": starts[task] + service.duration,
                }
            )
        if locations:
            routes.append({"caregiver_id": caregiver.id, "locations": locations})
    return {"routes": routes}


@dataclass(frozen=True, slots=True)
class _Stop:
    patient: Patient
    number: int
    start: float
    leave: float


def faults_of(instance: Instance, solution: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a solution in the collection's format, a sentence each."""
    faults: list[str] = []
    done: dict[Task, tuple[str, float]] = {}
    for caregiver, stops in _routes(instance, solution, faults):
        faults.extend(_faults_of_route(instance, caregiver, stops))
        for stop in stops:
            task = (stop.patient.id, stop.number)
            if task in done:
                faults.append(f"{_named(task)} is done twice")
            done[task] = (caregiver.id, stop.start)
    for patient in instance.patients:
        faults.extend(_faults_of_patient(patient, done))
    return faults


def cost_of(instance: Instance, solution: Mapping[str, Any]) -> Cost:
    """Add up a solution that has no faults."""
    distance, late = 0.0, [0.0]
    for caregiver, stops in _routes(instance, solution, []):
        places = [caregiver.departs, *(stop.patient.place for stop in stops), caregiver.arrives]
        if stops:
            distance += sum(float(instance.distances[a, b]) for a, b in pairwise(places))
        late += [max(0.0, stop.start - stop.patient.closes) for stop in stops]
    return Cost(distance=distance, tardiness=sum(late), worst=max(late))


def _routes(
    instance: Instance, solution: Mapping[str, Any], faults: list[str]
) -> Iterator[tuple[Caregiver, list[_Stop]]]:
    patients = {each.id: each for each in instance.patients}
    caregivers = {each.id: each for each in instance.caregivers}
    driven: set[str] = set()
    for route in solution["routes"]:
        name = route["caregiver_id"]
        if name not in caregivers:
            faults.append(f"there is no caregiver {name}")
            continue
        if name in driven:
            faults.append(f"caregiver {name} has two routes")
        driven.add(name)
        stops = []
        for each in route["locations"]:
            patient = patients.get(each["patient_id"])
            abilities = [s.ability for s in patient.services] if patient else []
            if patient is None or each["service_id"] not in abilities:
                faults.append(f"{name}: no patient {each['patient_id']} needs {each['service_id']}")
                continue
            number = abilities.index(each["service_id"])
            stops.append(_Stop(patient, number, each["arrival_time"], each["departure_time"]))
        yield caregivers[name], stops


def _faults_of_route(
    instance: Instance, caregiver: Caregiver, stops: Sequence[_Stop]
) -> Iterator[str]:
    place, free = caregiver.departs, 0.0
    for stop in stops:
        service = stop.patient.services[stop.number]
        name = f"{caregiver.id} at {_named((stop.patient.id, stop.number))}"
        if service.ability not in caregiver.abilities:
            yield f"{name}: is not able to give {service.ability}"
        if caregiver.id in stop.patient.not_caregivers:
            yield f"{name}: is incompatible with the patient"
        if stop.start < stop.patient.opens - TOLERANCE:
            yield f"{name}: begins at {stop.start:g}, before the window opens"
        here = free + float(instance.distances[place, stop.patient.place])
        if stop.start < here - TOLERANCE:
            yield f"{name}: begins at {stop.start:g}, but is there at {here:g} only"
        if abs(stop.leave - stop.start - service.duration) > TOLERANCE:
            yield f"{name}: stays {stop.leave - stop.start:g}, not {service.duration:g}"
        place, free = stop.patient.place, stop.leave


def _faults_of_patient(patient: Patient, done: Mapping[Task, tuple[str, float]]) -> Iterator[str]:
    made = []
    for number in range(len(patient.services)):
        task = (patient.id, number)
        if task not in done:
            yield f"{_named(task)} is not done"
        else:
            made.append(done[task])
    if patient.gap is None or len(made) < 2:
        return
    (one, first), (two, second) = made
    if one == two:
        yield f"patient {patient.id}: {one} gives both services"
    least, most = patient.gap
    if not least - TOLERANCE <= second - first <= most + TOLERANCE:
        yield (
            f"patient {patient.id}: the second service begins {second - first:g} after the first,"
            f" not {least:g} to {most:g}"
        )


def _named(task: Task) -> str:
    return f"service {task[1] + 1} of patient {task[0]}"
