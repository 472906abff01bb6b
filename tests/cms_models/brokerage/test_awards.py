"""Awards: one winner, everybody told, overrides, off the platform, spot, self-funders, races."""

import threading
import time
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError, connection

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.accounts.services import register_user
from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import chain_faults
from cms_models.brokerage.models import AllocationFile, Offer
from cms_models.brokerage.refusals import TooLate
from cms_models.brokerage.services.awards import (
    AlreadyPlaced,
    award_off_platform,
    award_offer,
    award_package,
    award_proposals,
    award_spot,
)
from cms_models.brokerage.services.offers import make_offer
from cms_models.brokerage.services.releases import turn_clocks, withdraw_release
from cms_models.brokerage.services.requirements import approve_budget
from cms_models.care.models import AllocationProposal, Award, AwardSource, CarePackage
from cms_models.care.services.awards import Suggestion, propose_allocations
from cms_models.care.services.registration import register_packages, register_persons
from cms_models.fields.services import set_rule
from cms_models.market.models import Provider
from cms_models.notices.models import OutboxEvent
from tests.cms_models.brokerage.releasing import hours, invited, release_it, terms
from tests.council import (
    PASSWORD,
    TODAY,
    Council,
    build_council,
    package_terms,
    person_terms,
)


def both_offer(council: Council, route: str = "all"):
    """Release HC-000001 to P1 and P2 at once and let both offer; return release and offers."""
    row = release_it(council, council.package(1), route)
    offers = {
        ref: make_offer(
            actor=council.provider_users[ref],
            invitation=invited(row, ref),
            terms=terms(),
            now=hours(1),
        )
        for ref in ("P1", "P2")
    }
    return row, offers


def propose(council: Council, package: CarePackage, ref: str) -> AllocationProposal:
    """Keep a proposal of the engine for a package."""
    provider = council.providers[ref]
    run = propose_allocations(
        actor=council.system,
        on=TODAY,
        seed=1,
        engine="test",
        totals={"packages": 1},
        suggestions=[Suggestion(package.pk, provider.pk, package.lot_id, 1, ("a", "b", "c"))],
    )
    return run.proposals.get()


def test_an_award_of_an_offer_ends_the_release_and_tells_winner_and_losers(council):
    row, offers = both_offer(council)

    made = award_offer(
        actor=council[Role.BROKER], offer=offers["P1"], reason="First to start", now=hours(2)
    )

    states = dict(Offer.objects.values_list("provider__ref", "state"))
    assert states == {"P1": "won", "P2": "lost"}
    row.refresh_from_db()
    assert (row.state, row.ended_at, row.ended_because) == ("awarded", hours(2), "awarded")
    assert {one.state for one in row.invitations.all()} == {"closed"}
    assert (made.source, made.override, made.starts_on) == (
        AwardSource.OFFER,
        False,
        terms().starts_on,
    )
    assert Offer.objects.get(state="won").award == made
    told = OutboxEvent.objects.exclude(kind="package.opened").order_by("provider__ref")
    assert [(event.provider.ref, event.kind) for event in told] == [
        ("P1", "package.awarded"),
        ("P2", "package.closed"),
    ]
    assert AllocationFile.objects.get().award == made
    assert AuditEntry.objects.get(action="award").reason == "First to start"
    assert list(chain_faults(council.authority)) == []


def test_who_comes_second_is_told_that_it_is_placed(council):
    _, offers = both_offer(council)
    broker = council[Role.BROKER]
    award_offer(actor=broker, offer=offers["P1"], reason="First", now=hours(2))

    with pytest.raises(AlreadyPlaced, match="already has a provider"):
        award_offer(actor=broker, offer=offers["P2"], reason="Second", now=hours(2))
    with pytest.raises(AlreadyPlaced):
        award_off_platform(
            actor=broker,
            package=CarePackage.objects.get(),
            provider=council.providers["P2"],
            reason="By telephone",
            now=hours(2),
        )
    assert Award.objects.count() == AllocationFile.objects.count() == 1


def test_an_award_is_refused_without_a_reason_to_the_machine_and_after_a_withdrawal(council):
    row, offers = both_offer(council)
    broker = council[Role.BROKER]
    with pytest.raises(ValidationError, match="Say why this provider"):
        award_offer(actor=broker, offer=offers["P1"], reason=" ", now=hours(2))
    for actor in (council.system, council[Role.COMMISSIONER], council.provider_users["P1"]):
        with pytest.raises(PermissionDenied):
            award_offer(actor=actor, offer=offers["P1"], reason="Mine", now=hours(2))
    withdraw_release(actor=broker, release=row, reason="Hospital", now=hours(2))
    with pytest.raises(TooLate, match="no longer open: withdrawn: Hospital"):
        award_offer(actor=broker, offer=offers["P1"], reason="First", now=hours(3))
    assert Award.objects.count() == 0


def test_passing_over_an_earlier_tier_is_kept_as_an_override(council):
    row = release_it(council, council.package(1))
    make_offer(
        actor=council.provider_users["P1"],
        invitation=invited(row, "P1"),
        terms=terms(),
        now=hours(1),
    )
    turn_clocks(authority=council.authority, now=hours(4))

    made = award_package(
        actor=council[Role.BROKER],
        package=row.package,
        provider=council.providers["P2"],
        lot=row.package.lot,
        reason="Speaks Polish",
        now=hours(5),
    )

    assert (made.override, made.source) == (True, AwardSource.BROKER)
    assert dict(Offer.objects.values_list("provider__ref", "state")) == {"P1": "lost"}


def test_another_provider_than_the_engine_proposed_is_an_override(council):
    first, second = council.package(1), council.package(2)
    broker = council[Role.BROKER]
    propose(council, first, "P1")
    followed = propose(council, second, "P2")

    other = award_package(
        actor=broker,
        package=first,
        provider=council.providers["P2"],
        lot=first.lot,
        reason="Knows the person",
        now=hours(1),
    )
    made, refused = award_proposals(
        actor=broker, proposals=[followed, followed], reason="As proposed", now=hours(1)
    )

    assert (other.override, made[0].override) == (True, False)
    assert (made[0].source, made[0].proposal) == (AwardSource.PROPOSAL, followed)
    assert refused == ["HC-000002 already has a provider; open it to see which."]


def test_br_09_an_award_off_the_platform_needs_a_reason_and_is_told_apart(council):
    package, broker = council.package(1), council[Role.BROKER]
    row = release_it(council, package)
    given = {"package": package, "provider": council.providers["P2"], "now": hours(1)}
    with pytest.raises(ValidationError, match="Say why this provider"):
        award_off_platform(actor=broker, reason="", **given)

    made = award_off_platform(actor=broker, reason="By telephone at night", **given)

    assert (made.source, made.lot.code) == (AwardSource.OFF_PLATFORM, "O-A")
    assert Award.objects.filter(source="off").count() == 1
    row.refresh_from_db()
    assert row.state == "awarded"


def test_a_spot_purchase_has_a_price_and_no_lot_and_heeds_the_limit(council):
    package, broker = council.package(1), council[Role.BROKER]
    spot = Provider.objects.create(authority=council.authority, ref="P9", name="Provider Nine")
    given = {"package": package, "provider": spot, "reason": "Nobody else", "now": hours(1)}
    for pence in (0, -1, 10_000_000):
        with pytest.raises(ValidationError, match="A price lies above"):
            award_spot(actor=broker, agreed_pence=pence, **given)
    # 3.5 h × £20.00 = £70.00 a week, above a limit of £69.99
    set_rule(actor=council.system, key="brokerage.budget_limit_pence", value=6999)
    with pytest.raises(ValidationError, match=r"costs £70.00 a week, above the limit of £69.99"):
        award_spot(actor=broker, agreed_pence=2000, **given)
    other = register_user(
        authority=council.authority, username="broker2", role=Role.BROKER, password=PASSWORD
    )
    approve_budget(actor=other, package=package, reason="Nobody else", pence=7000)

    made = award_spot(actor=broker, agreed_pence=2000, **given)

    assert (made.source, made.lot, made.agreed_pence) == (AwardSource.SPOT, None, 2000)


@pytest.mark.parametrize(
    ("funder", "fee"), [("Self-funder", 34_400), ("Local authority", None), ("CHC", None)]
)
def test_br_06_a_self_funder_is_charged_the_arrangement_fee(council, funder, fee):
    package = council.package(1, funder=funder)

    made = award_off_platform(
        actor=council[Role.BROKER],
        package=package,
        provider=council.providers["P1"],
        reason="Chosen by the family",
        now=hours(1),
    )

    assert made.arrangement_fee_pence == fee  # £344.00 at first; the council costs stay £0.00


def test_an_award_across_councils_is_refused(council, other_council):
    _, offers = both_offer(council)

    with pytest.raises(PermissionDenied):
        award_offer(actor=other_council[Role.BROKER], offer=offers["P1"], reason="x", now=hours(2))
    with pytest.raises(ValidationError, match="another council"):
        award_off_platform(
            actor=council[Role.BROKER],
            package=offers["P1"].invitation.release.package,
            provider=other_council.providers["P2"],
            reason="x",
            now=hours(2),
        )


def test_a_package_whose_provider_is_to_go_is_released_and_awarded_to_the_next(council):
    package, broker = council.package(1), council[Role.BROKER]
    award_off_platform(
        actor=broker,
        package=package,
        provider=council.providers["P1"],
        reason="By telephone",
        now=hours(0),
    )
    package.refresh_from_db()
    with pytest.raises(ValidationError, match="only a package that needs a provider"):
        release_it(council, package)
    Award.objects.update(ends_on=TODAY + timedelta(days=28))

    row = release_it(council, package, "selected", providers=[council.providers["P2"]])
    offer = make_offer(
        actor=council.provider_users["P2"],
        invitation=invited(row, "P2"),
        terms=terms(),
        now=hours(1),
    )
    made = award_offer(actor=broker, offer=offer, reason="The only one", now=hours(2))

    assert (made.current, made.starts_on) == (False, TODAY + timedelta(days=28))
    assert Award.objects.get(current=True).provider.ref == "P1"
    row.refresh_from_db()
    assert row.state == "awarded"
    assert AllocationFile.objects.count() == 2


def test_an_award_above_the_limit_waits_for_somebody_elses_approval(council):
    set_rule(actor=council.system, key="brokerage.budget_limit_pence", value=5000)

    with pytest.raises(ValidationError, match=r"costs £55.30 a week, above the limit of £50.00"):
        award_off_platform(
            actor=council[Role.BROKER],
            package=council.package(1),
            provider=council.providers["P1"],
            reason="By telephone",
            now=hours(1),
        )
    assert Award.objects.count() == 0


ROUNDS, CLERKS, TRIES = 10, 8, 2000


@pytest.mark.django_db(transaction=True)
def test_eight_awards_at_once_have_one_winner_in_each_of_25_rounds():
    council = build_council()
    numbers = range(1, ROUNDS + 1)
    register_persons(actor=council.system, terms=[person_terms(n) for n in numbers])
    register_packages(actor=council.system, terms=[package_terms(n) for n in numbers], on=TODAY)
    providers = [council.providers[ref] for ref in ("P1", "P2")]
    winners = []
    for package in CarePackage.objects.all():
        start, results = threading.Barrier(CLERKS), []
        clerks = [
            threading.Thread(
                target=_accept,
                args=(start, council[Role.BROKER].pk, package.pk, providers[n % 2], results),
            )
            for n in range(CLERKS)
        ]
        for clerk in clerks:
            clerk.start()
        for clerk in clerks:
            clerk.join()
        winners.append(results.count("won"))
        assert len(results) == CLERKS
        assert set(results) == {"placed", "won"}

    assert winners == [1] * ROUNDS
    assert Award.objects.count() == AllocationFile.objects.count() == ROUNDS
    assert list(chain_faults(council.authority)) == []


def _accept(start, broker_id: int, package_id: int, provider: Provider, results: list) -> None:
    """Award the package as one of many at once; say whether it was won."""
    start.wait(timeout=20)
    try:
        for _ in range(TRIES):
            try:
                results.append(_award_once(broker_id, package_id, provider))
                return
            except OperationalError:  # SQLite in memory does not wait for its lock
                time.sleep(0.05)
    except Exception as other:
        results.append(repr(other))
    finally:
        connection.close()


def _award_once(broker_id: int, package_id: int, provider: Provider) -> str:
    try:
        broker = User.objects.select_related("authority").get(pk=broker_id)
        package = CarePackage.objects.select_related("lot__framework").get(pk=package_id)
        award_package(
            actor=broker,
            package=package,
            provider=provider,
            lot=package.lot,
            reason="At once",
            now=hours(1),
        )
        return "won"
    except AlreadyPlaced:
        return "placed"
