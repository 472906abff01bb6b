"""Packages offered to providers: tiers in order with exact clocks, all, selected, spot, homes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.accounts.services import register_user
from cms_models.audit.models import AuditEntry
from cms_models.brokerage.domain import QuestionTerms
from cms_models.brokerage.jobs import clocks_due
from cms_models.brokerage.models import Invitation, Release, ReleaseState
from cms_models.brokerage.refusals import TooLate
from cms_models.brokerage.services.offers import decline, make_offer, open_invitation
from cms_models.brokerage.services.releases import (
    pass_on,
    release,
    turn_clocks,
    withdraw_release,
)
from cms_models.brokerage.services.requirements import (
    approve_budget,
    decide_individually,
    set_offer_questions,
    set_requirement,
)
from cms_models.care.models import CarePackage
from cms_models.fields.services import set_rule
from cms_models.jobs import services as jobs
from cms_models.jobs.runner import run_job
from cms_models.market.domain import Tier
from cms_models.market.models import CareHome, LotAward, Provider, Vacancy
from cms_models.notices.models import OutboxEvent
from tests.cms_models.brokerage.releasing import (
    LONDON,
    NINE,
    add_provider,
    hours,
    invited,
    member_of,
    release_it,
    terms,
)
from tests.council import PASSWORD, TODAY


@pytest.fixture
def dps(council) -> Provider:
    """A third tier in O-A: P4 of the DPS."""
    return add_provider(council, "P4", lot=council.lots["O-A"])


def steps(row: Release) -> list[tuple[str, datetime, str]]:
    """Return each step's tier, when it opened, and why it ended."""
    row.refresh_from_db()
    return [
        (Tier(step.tier).words if step.tier else "", step.opens_at, step.ended_because)
        for step in row.steps.order_by("number")
    ]


def test_al_01_released_at_nine_the_tiers_follow_at_13_and_17_each_timed_out(council, dps):
    row = release_it(council, council.package(1))

    assert turn_clocks(authority=council.authority, now=hours(3.99)) == 0
    turn_clocks(authority=council.authority, now=hours(4))
    turn_clocks(authority=council.authority, now=hours(8))

    # 09:00 + 4 h = 13:00, + 4 h = 17:00; the DPS has 24 h, to 17:00 of the next day
    assert steps(row) == [
        ("lead", NINE, "timed out"),
        ("additional", hours(4), "timed out"),
        ("DPS", hours(8), ""),
    ]
    assert row.steps.last().closes_at == hours(32)
    ended = AuditEntry.objects.filter(action="end_step").order_by("sequence")
    assert [entry.reason for entry in ended] == ["timed out", "timed out"]
    assert [invited(row, ref).state for ref in ("P1", "P2", "P4")] == ["lapsed", "lapsed", "open"]
    assert invited(row, "P1").lapsed_at == hours(4)

    turn_clocks(authority=council.authority, now=hours(32))
    row.refresh_from_db()
    assert (row.state, row.ended_at) == (ReleaseState.UNPLACED, hours(32))


@pytest.mark.parametrize(
    ("at", "second"),
    [
        # 28/03/2026 23:00 GMT + 4 h elapsed = 03:00 UTC, which walls call 04:00 BST
        (datetime(2026, 3, 28, 23, tzinfo=LONDON), datetime(2026, 3, 29, 3, tzinfo=UTC)),
        # 24/10/2026 23:00 BST = 22:00 UTC, + 4 h = 02:00 UTC = 02:00 GMT
        (datetime(2026, 10, 24, 23, tzinfo=LONDON), datetime(2026, 10, 25, 2, tzinfo=UTC)),
    ],
)
def test_al_01_a_clock_counts_elapsed_hours_when_the_clocks_change(council, at, second):
    row = release_it(council, council.package(1), now=at)

    assert row.steps.get().closes_at == second
    turn_clocks(authority=council.authority, now=second - timedelta(seconds=1))
    assert row.steps.count() == 1
    turn_clocks(authority=council.authority, now=second)
    assert steps(row)[1][:2] == ("additional", second)


def test_al_02_a_lot_without_a_lead_begins_with_the_additional_provider(council):
    LotAward.objects.filter(lot=council.lots["O-A"], tier=Tier.LEAD).delete()

    row = release_it(council, council.package(1))

    assert steps(row) == [("additional", NINE, "")]
    assert [one.provider.ref for one in row.invitations.all()] == ["P2"]
    assert {one["why"] for one in row.left_out} == {
        "Provider One holds no place in lot O-A.",
        "Home First is the council's own service, without a place in lot O-A.",
    }


def test_al_03_when_all_tiers_decline_it_is_unplaced_and_spot_needs_a_reason(council, dps):
    package = council.package(1)
    users = {**council.provider_users, "P4": member_of(council, dps)}
    row = release_it(council, package)

    for place, ref in enumerate(("P1", "P2", "P4"), start=1):
        decline(
            actor=users[ref],
            invitation=invited(row, ref),
            reason="capacity",
            words="",
            now=hours(place),
        )

    # each tier opens the moment the one before has declined
    assert [(tier, at) for tier, at, _ in steps(row)] == [
        ("lead", NINE),
        ("additional", hours(1)),
        ("DPS", hours(2)),
    ]
    assert (row.state, row.ended_because) == (ReleaseState.UNPLACED, "nobody took it")
    assert CarePackage.objects.get().status == "referred"  # its age goes on counting
    spot = {"providers": [add_provider(council, "P9")], "route": "spot"}
    with pytest.raises(ValidationError, match="Say why not the tiers"):
        release_it(council, package, reason=" ", **spot)
    bought = release_it(council, package, reason="No tier has room", **spot)
    assert [one.provider.ref for one in bought.invitations.all()] == ["P9"]


def test_al_05_housing_with_care_is_offered_to_the_lead_only(council):
    row = release_it(council, council.package(1, housing_with_care=True))

    assert [one.provider.ref for one in row.invitations.all()] == ["P1"]
    turn_clocks(authority=council.authority, now=hours(4))
    row.refresh_from_db()
    assert row.state == ReleaseState.UNPLACED
    assert any("lead only" in one["why"] for one in row.left_out)


def test_al_06_more_than_28_hours_waits_for_a_decision_that_fits_its_minutes(council):
    # 7 × 240 min = 28 h exactly is not flagged; one visit of 255 min makes 28 h 15
    even = council.package(1, pattern="Mon-Sun 08:00-09:00 240m")
    more = council.package(2, pattern="Mon-Sat 08:00-09:00 240m; Sun 08:00-09:00 255m")
    broker = council[Role.BROKER]
    assert (even.decisions_needed, more.weekly_minutes) == ([], 1695)
    release_it(council, even)
    with pytest.raises(ValidationError, match="individual decision first: 28 h 15"):
        release_it(council, more)
    with pytest.raises(ValidationError, match="Say why"):
        decide_individually(actor=broker, package=more, decision="O", reason="")

    kept = decide_individually(actor=broker, package=more, decision="O", reason="Short term")
    CarePackage.objects.filter(pk=more.pk).update(weekly_minutes=1740)
    with pytest.raises(ValidationError, match="decided at 28 h 15 a week and now has 29 h"):
        release_it(council, more)

    decide_individually(actor=broker, package=more, decision="O", reason="Short term")
    CarePackage.objects.filter(pk=more.pk).update(weekly_minutes=1695)
    decide_individually(actor=broker, package=more, decision="O", reason="Short term")
    assert release_it(council, more).state == ReleaseState.OPEN
    assert (kept.own_decision, kept.own_decision_reason) == ("O", "Short term")


def test_al_07_two_carers_need_a_decision_and_a_complex_one_is_not_asked_of_the_wrong_lot(council):
    package = council.package(1, pattern="Mon-Sun 08:00-09:00 60m x2; Mon-Sun 18:00 30m")
    with pytest.raises(ValidationError, match="two carers"):
        release_it(council, package)

    decide_individually(
        actor=council[Role.BROKER], package=package, decision="D", reason="Hoist for two"
    )

    with pytest.raises(ValidationError, match="make it Home care D first"):
        release_it(council, package)
    assert Release.objects.count() == 0


def test_br_01_39_providers_get_39_invitations_each_with_its_times(council):
    for number in range(10, 47):  # 37 more beside P1 and P2
        provider = Provider(authority=council.authority, ref=f"P{number}", name=f"No {number}")
        provider.save()
        LotAward.objects.create(
            authority=council.authority,
            lot=council.lots["O-A"],
            provider=provider,
            tier=Tier.DPS,
            starts_on=TODAY - timedelta(days=1),
        )

    row = release_it(council, council.package(1), "all")

    assert row.invitations.count() == 39
    assert OutboxEvent.objects.filter(kind="package.opened").count() == 39
    user, mine = council.provider_users["P1"], invited(row, "P1")
    open_invitation(actor=user, invitation=mine, now=hours(1))
    open_invitation(actor=user, invitation=mine, now=hours(2))  # the first reading counts
    make_offer(actor=user, invitation=mine, terms=terms(), now=hours(3))
    turn_clocks(authority=council.authority, now=hours(24))
    mine, other = invited(row, "P1"), invited(row, "P2")
    assert (mine.sent_at, mine.opened_at, mine.answered_at) == (NINE, hours(1), hours(3))
    assert (other.sent_at, other.lapsed_at, other.state) == (NINE, hours(24), "lapsed")
    row.refresh_from_db()
    assert row.state == ReleaseState.OPEN  # an offer waits for the broker


def test_release_to_all_is_refused_where_the_rules_say_no(council):
    set_rule(actor=council.system, key="brokerage.release_to_all", value=False)
    package = council.package(1)

    with pytest.raises(ValidationError, match="tiers in order"):
        release_it(council, package, "all")


def test_who_is_not_asked_is_kept_with_the_sentence_why(council, dps):
    provider = council.providers["P2"]
    provider.state = "suspended"
    provider.save()
    package = council.package(1, skills=("peg",))
    Provider.objects.filter(ref="P1").update(skills=["medication", "peg"])

    row = release_it(council, package)

    assert [one.provider.ref for one in row.invitations.all()] == ["P1"]
    why = {one["provider"]: one["why"] for one in row.left_out}
    assert why["P2"] == "Provider Two is suspended for new work."
    assert why["P4"] == "Provider P4 does not have the skill peg."
    assert "own service" in why["HF"]
    assert row.rules["brokerage.clock.lead.routine"] == 240


def test_when_nobody_can_be_asked_the_refusal_says_why_and_nothing_is_written(council):
    package = council.package(1, skills=("peg",))

    with pytest.raises(ValidationError, match="Nobody can be asked about HC-000001") as refusal:
        release_it(council, package)

    assert "Provider One does not have the skill peg." in refusal.value.messages
    assert (Release.objects.count(), Invitation.objects.count()) == (0, 0)


def test_selected_providers_must_fit_and_belong_to_the_council(council, other_council):
    package = council.package(1)
    with pytest.raises(ValidationError, match="Home First is the council's own service"):
        release_it(council, package, "selected", providers=[council.providers["HF"]])
    with pytest.raises(ValidationError, match="another council"):
        release_it(council, package, "selected", providers=[other_council.providers["P1"]])

    row = release_it(council, package, "selected", providers=[council.providers["P2"]])

    assert [one.provider.ref for one in row.invitations.all()] == ["P2"]
    assert {"P1": "Provider One was not selected."}.items() <= {
        one["provider"]: one["why"] for one in row.left_out
    }.items()


def test_br_05_a_nursing_placement_goes_to_homes_with_a_free_nursing_bed(council):
    package = council.package(1)
    CarePackage.objects.filter(pk=package.pk).update(setting="nursing", weekly_minutes=0)
    package.refresh_from_db()
    for ref, kind, free in (("P1", "nursing", 2), ("P2", "nursing", 0), ("HF", "residential", 1)):
        home = CareHome.objects.create(
            authority=council.authority, provider=council.providers[ref], name=ref, postcode="HR1"
        )
        Vacancy.objects.create(
            authority=council.authority,
            home=home,
            kind=kind,
            free=free,
            weekly_pence=95_000,
            as_at=TODAY,
        )
    with pytest.raises(ValidationError, match="release it to homes"):
        release_it(council, package)

    row = release_it(council, package, "homes", reason="")

    assert [one.provider.ref for one in row.invitations.all()] == ["P1"]
    assert "Home First has no free nursing bed." in [one["why"] for one in row.left_out]
    offer = make_offer(
        actor=council.provider_users["P1"],
        invitation=invited(row, "P1"),
        terms=terms(weekly_minutes=0),
        now=hours(1),
    )
    assert offer.price_pence == 95_000  # the home's own price where the offer names none


def test_above_the_limit_somebody_else_approves_the_cost_before_the_release(council):
    # 7 × £7.90 = £55.30 a week, above a limit of £50
    set_rule(actor=council.system, key="brokerage.budget_limit_pence", value=5000)
    package, broker = council.package(1), council[Role.BROKER]
    other = register_user(
        authority=council.authority, username="broker2", role=Role.BROKER, password=PASSWORD
    )
    with pytest.raises(ValidationError, match=r"costs £55.30 a week, above the limit of £50.00"):
        release_it(council, package)
    approve_budget(actor=broker, package=package, reason="Needed")
    with pytest.raises(ValidationError, match="somebody else must act on it"):
        release_it(council, package)

    approve_budget(actor=other, package=package, reason="Needed")

    assert release_it(council, package).state == ReleaseState.OPEN


def test_names_and_numbers_in_the_requirement_stop_a_release_by_field_and_word(council):
    package, broker = council.package(1), council[Role.BROKER]
    row = set_requirement(
        actor=broker,
        package=package,
        values={"needs": ["Help Canaryfirst1 to wash"], "must_haves": ["Ring 01432 260000"]},
        expected_version=None,
    )

    with pytest.raises(ValidationError) as refusal:
        release_it(council, package)

    assert [words.split(" Take")[0] for words in refusal.value.messages] == [
        "Must have: “01432 260000” looks like a phone number.",
        "Needs: “Canaryfirst1” is the person's name.",
    ]
    values = {"needs": ["Help to wash"], "must_haves": []}
    set_requirement(actor=broker, package=package, values=values, expected_version=row.version)
    release_it(council, package)
    with pytest.raises(ValidationError, match="Outcomes: “943 476 5919” is an NHS number"):
        set_requirement(
            actor=broker,
            package=package,
            values={"outcomes": ["see 943 476 5919"]},
            expected_version=row.version + 1,
        )
    questions = [QuestionTerms("Which hours?")]
    with pytest.raises(ValidationError, match="withdraw the release"):
        set_offer_questions(actor=broker, requirement=row, questions=questions)


@pytest.mark.parametrize(("urgency", "minutes"), [("routine", 240), ("soon", 120), ("urgent", 60)])
def test_urgency_shortens_the_response_clock(council, urgency, minutes):
    package = council.package(1)
    set_requirement(
        actor=council[Role.BROKER],
        package=package,
        values={"urgency": urgency},
        expected_version=None,
    )

    row = release_it(council, package)

    assert row.steps.get().closes_at == NINE + timedelta(minutes=minutes)


def test_a_withdrawn_release_closes_every_invitation_and_may_be_released_again(council):
    package = council.package(1)
    row = release_it(council, package)
    with pytest.raises(ValidationError, match="open to providers already"):
        release_it(council, package)

    withdraw_release(actor=council[Role.BROKER], release=row, reason="Needs changed", now=hours(1))

    assert invited(row, "P1").state == "closed"
    assert OutboxEvent.objects.filter(kind="package.closed").count() == 1
    with pytest.raises(ValidationError, match="withdrawn already"):
        withdraw_release(actor=council[Role.BROKER], release=row, reason="again", now=hours(2))
    assert release_it(council, package, now=hours(2)).state == ReleaseState.OPEN


def test_a_broker_asks_the_next_tier_though_an_offer_stands(council):
    row = release_it(council, council.package(1))
    with pytest.raises(ValidationError, match="may answer until 23/11/2026 at 13:00"):
        pass_on(actor=council[Role.BROKER], release=row, reason="Quicker", now=hours(0.5))
    make_offer(
        actor=council.provider_users["P1"],
        invitation=invited(row, "P1"),
        terms=terms(),
        now=hours(1),
    )

    pass_on(actor=council[Role.BROKER], release=row, reason="Starts too late", now=hours(2))

    assert [one[:2] for one in steps(row)] == [("lead", NINE), ("additional", hours(2))]
    assert steps(row)[0][2] == "passed on: Starts too late"


def test_only_brokers_of_the_council_release(council, other_council):
    package = council.package(1)
    for actor in (
        council[Role.COMMISSIONER],
        council.provider_users["P1"],
        council.system,
        other_council[Role.BROKER],
    ):
        with pytest.raises(PermissionDenied):
            release(actor=actor, package=package, route="tiers", now=NINE)
    assert Release.objects.count() == 0


def test_what_the_case_system_ended_meanwhile_is_not_offered_to_the_next_tier(council):
    row = release_it(council, council.package(1))
    CarePackage.objects.update(status="ended")

    with pytest.raises(TooLate, match="needs no provider any more"):
        make_offer(
            actor=council.provider_users["P1"],
            invitation=invited(row, "P1"),
            terms=terms(),
            now=hours(1),
        )
    turn_clocks(authority=council.authority, now=hours(4))

    row.refresh_from_db()
    assert (row.state, row.ended_because) == (
        ReleaseState.WITHDRAWN,
        "the package needs no provider any more",
    )
    assert row.steps.count() == 1


def test_the_job_turns_what_ran_out(council):
    row = release_it(council, council.package(1), now=timezone.now() - timedelta(hours=5))

    job = jobs.start_here(actor=council.system, kind="turn_clocks", params={})
    run_job(job.pk, heartbeat=False)

    job.refresh_from_db()
    assert (job.error, job.result) == ("", {"done": 1})
    assert [one[0] for one in steps(row)] == ["lead", "additional"]


def test_a_tick_with_nothing_due_asks_one_question(council, django_assert_num_queries):
    release_it(council, council.package(1))

    with django_assert_num_queries(1):
        assert clocks_due(council.authority, hours(3.9)) is False
    assert clocks_due(council.authority, hours(4)) is True
