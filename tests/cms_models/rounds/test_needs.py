"""What a day's problem holds of the records and rules: wishes, gaps, limits, breaks, modes."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.care.models import CarePackage
from cms_models.fields.services import set_rule
from cms_models.rounds.models import Carer, CarerPreference, Visit, VisitPin, VisitState
from cms_models.rounds.selectors.planning import day_problem
from cms_models.rounds.services import planning, visits, workforce
from cms_models.rounds.terms import PreferenceTerms
from optimiser.rounds.problem import Carer as ProblemCarer
from tests.council import TODAY, Council, add_carers

IN_HOUSE = {
    "organisation_ref": "HF",
    "pathway": "M",
    "element_type": "Home First M",
    "status": "active",
}
THREE = "Mon-Sun 08:00-09:00 30m medication; Mon-Sun 12:00-13:00 30m; Mon-Sun 18:00-19:00 30m"


def problem_of(council: Council):
    visits.make_visits(actor=council.system, first=TODAY, days=1)
    return day_problem(council.authority, on=TODAY)


def carer_named(day, ref: str) -> ProblemCarer:
    return day.problem.carer_by_id[ref]


def test_a_wish_for_female_carers_is_a_skill_of_carers_and_visits(council):
    add_carers(council)
    Carer.objects.filter(ref="C2").update(gender="Male")
    package = council.package(1, **IN_HOUSE)
    package.person.carer_gender = "Female"
    package.person.save()

    day = problem_of(council)
    [visit] = day.problem.visits
    assert "gender:female" in visit.skills
    assert day.problem.may_visit(carer_named(day, "C1"), visit)
    assert not day.problem.may_visit(carer_named(day, "C2"), visit)

    set_rule(actor=council.system, key="rounds.gender_wishes", value=False)
    assert problem_of(council).problem.visits[0].skills == frozenset()


def test_refused_required_and_usual_carers_reach_the_engine(council):
    add_carers(council, 3)
    for number in (1, 2):
        council.package(number, **IN_HOUSE)
    terms = [
        PreferenceTerms("9000001", "C1", "refused", "Asked for others"),
        PreferenceTerms("9000001", "C2", "usual", ""),
        PreferenceTerms("9000002", "C3", "required", "Speaks Polish"),
    ]
    workforce.register_preferences(actor=council.system, terms=terms)

    first, second = problem_of(council).problem.visits

    assert first.not_carers == {"C1"}
    assert first.usual_carers == ("C2",)
    assert first.only_carers is None
    assert second.only_carers == {"C3"}
    assert (
        CarerPreference.objects.count()
        == AuditEntry.objects.filter(subject_type="rounds.carerpreference").count()
    )


def test_priority_is_the_packages_unless_the_visit_says_its_own(council):
    add_carers(council)
    council.package(1, visit_priority="critical", **IN_HOUSE)

    assert problem_of(council).problem.visits[0].priority == "critical"
    Visit.objects.update(priority="optional")
    assert problem_of(council).problem.visits[0].priority == "optional"


def test_gaps_follow_package_and_rules_and_a_late_start_follows_its_rule(council):
    add_carers(council)
    council.package(1, pattern=THREE, least_gap_minutes=200, most_gap_minutes=420, **IN_HOUSE)
    set_rule(actor=council.system, key="rounds.on_time_minutes", value=15)

    breakfast, lunch, tea = problem_of(council).problem.visits

    assert breakfast.after == ()
    assert [(t.visit, t.min_gap, t.max_gap) for t in lunch.after] == [(breakfast.id, 200, 420)]
    assert [(t.visit, t.min_gap, t.max_gap) for t in tea.after] == [(lunch.id, 200, 420)]
    assert breakfast.due == 8 * 60 + 15


def test_carers_bring_their_mode_contract_break_and_limits(council):
    add_carers(council)
    Carer.objects.filter(ref="C2").update(travel_mode="walk")
    council.package(1, postcode="HR2 2BB", **IN_HOUSE)

    day = problem_of(council)

    walker = carer_named(day, "C2")
    assert walker.travel_mode == "walk"
    there = day.problem.visits[0].location
    on_foot = day.problem.travel(walker.start_location, there, "walk")
    assert on_foot > 2 * day.problem.travel(walker.start_location, there, "car")
    assert "by car and on foot" in day.travel
    # 07:00–14:00 is seven hours: one break, from 08:00, begun by 14:00 − 60 − 20 = 12:40
    assert [(b.minutes, b.earliest, b.latest) for b in walker.breaks] == [(20, 480, 760)]
    assert walker.max_minutes == 720
    assert walker.contract_minutes == 300  # 2,100 a week over seven equal shifts


def test_an_absence_cuts_the_shift_and_is_said(council):
    add_carers(council)
    council.package(1, **IN_HOUSE)
    whole, part = Carer.objects.order_by("ref")
    coordinator = council[Role.COORDINATOR]
    workforce.mark_absent(actor=coordinator, carer=whole, on=TODAY, reason="Ill")
    workforce.mark_absent(actor=coordinator, carer=part, on=TODAY, from_minutes=600)

    day = problem_of(council)

    assert [(carer.id, carer.shifts) for carer in day.problem.carers] == [("C2", ((420, 600),))]
    assert [note.split(" ")[0] for note in day.notes] == ["C1", "C2"]
    with pytest.raises(PermissionDenied):
        workforce.mark_absent(actor=council[Role.FINANCE], carer=part, on=TODAY)


def test_a_visit_added_by_hand_is_planned_and_stays_when_visits_are_made_again(council):
    add_carers(council)
    package = council.package(1, **IN_HOUSE)
    when = {"on": TODAY, "earliest_minutes": 600, "latest_minutes": 660, "minutes": 30}

    added = visits.add_visit(
        actor=council[Role.COORDINATOR], package=package, priority="critical", **when
    )

    assert len(problem_of(council).problem.visits) == 2
    added.refresh_from_db()
    assert added.state == VisitState.PLANNED
    with pytest.raises(PermissionDenied):
        visits.add_visit(actor=council[Role.AUDITOR], package=package, **when)
    CarePackage.objects.update(ends_on=TODAY + timedelta(days=-1), starts_on=TODAY - timedelta(9))
    package.refresh_from_db()
    with pytest.raises(ValidationError, match="is not running on 23/11/2026"):
        visits.add_visit(actor=council[Role.COORDINATOR], package=package, **when)


def test_a_pin_reaches_the_engine_is_audited_and_lifted(council):
    add_carers(council)
    council.package(1, **IN_HOUSE)
    problem_of(council)
    visit, coordinator = Visit.objects.get(), council[Role.COORDINATOR]
    first, second = Carer.objects.order_by("ref")

    planning.pin(actor=coordinator, visit=visit, carers=[second], reason="Knows the dog")
    assert [pin.carers for pin in problem_of(council).problem.pins] == [("C2",)]
    planning.pin(actor=coordinator, visit=visit, carers=[first])
    assert [pin.carers for pin in problem_of(council).problem.pins] == [("C1",)]
    planning.unpin(actor=coordinator, visit=visit)

    assert problem_of(council).problem.pins == ()
    told = AuditEntry.objects.filter(subject_type="rounds.visit").order_by("sequence")
    assert list(told.values_list("action", "before__carers", "after__carers")) == [
        ("pin_visit", [], ["C2"]),
        ("pin_visit", ["C2"], ["C1"]),
        ("unpin_visit", ["C1"], []),
    ]


def test_a_pin_is_refused_in_words_and_nothing_is_kept(council, other_council):
    add_carers(council)
    add_carers(other_council)
    council.package(1, **IN_HOUSE)
    problem_of(council)
    visit = Visit.objects.get()
    first, second = Carer.objects.filter(authority=council.authority).order_by("ref")
    coordinator = council[Role.COORDINATOR]

    with pytest.raises(ValidationError, match="takes 1 of the 2 carers"):
        planning.pin(actor=coordinator, visit=visit, carers=[first, second])
    with pytest.raises(ValidationError, match="Name the carer"):
        planning.pin(actor=coordinator, visit=visit, carers=[])
    with pytest.raises(PermissionDenied, match="may not change"):
        planning.pin(actor=council[Role.FINANCE], visit=visit, carers=[first])
    with pytest.raises(PermissionDenied, match="another council"):
        planning.pin(actor=other_council[Role.COORDINATOR], visit=visit, carers=[first])
    assert not VisitPin.objects.exists()


def test_a_pin_to_somebody_away_is_left_out_and_said(council):
    add_carers(council)
    council.package(1, **IN_HOUSE)
    problem_of(council)
    carer = Carer.objects.get(ref="C1")
    planning.pin(actor=council[Role.COORDINATOR], visit=Visit.objects.get(), carers=[carer])
    workforce.mark_absent(actor=council[Role.COORDINATOR], carer=carer, on=TODAY)

    day = problem_of(council)

    assert day.problem.pins == ()
    assert "is pinned to C1, who has no shift that day" in day.notes[-1]
