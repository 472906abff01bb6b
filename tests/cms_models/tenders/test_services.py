"""A tender from its rules to the places it gives."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import Role
from cms_models.accounts.services import register_user
from cms_models.audit.models import AuditEntry
from cms_models.audit.services import save_record
from cms_models.market.domain import Tier
from cms_models.market.models import LotAward
from cms_models.market.services import set_framework, set_lot, set_lot_award
from cms_models.tenders import services
from cms_models.tenders.models import Bid, Score, Tender
from cms_models.tenders.selectors import evaluation_of, letter_to
from cms_models.tenders.services import GivenScore
from tests.council import PASSWORD

LETTERS = date(2017, 3, 9)


@pytest.fixture
def tender(council) -> Tender:
    """A draft tender at £15.80 for lot 1 of a draft framework, 100 % quality by one criterion."""
    framework = set_framework(
        actor=council.system, name="New", starts_on=date(2017, 7, 1), ends_on=date(2022, 7, 1)
    )
    lot = set_lot(
        actor=council.system,
        framework=framework,
        code="1",
        name="One",
        pathways=["O"],
        zones=["A"],
    )
    row = Tender(
        authority=council.authority,
        framework=framework,
        lot=lot,
        name="Fixed rate",
        ceiling_pence=1580,
        additional_places=1,
    )
    save_record(actor=council.system, record_=row, expected_version=None)
    services.set_criterion(
        actor=council[Role.COMMISSIONER],
        tender=row,
        code="Q",
        title="Quality",
        weight=Decimal(100),
    )
    return row


def bids(council, tender: Tender, **prices: int) -> dict[str, Bid]:
    """Open the tender and keep a bid of each name at its pence."""
    actor = council[Role.COMMISSIONER]
    services.open_tender(actor=actor, tender=tender)
    known = {"X": council.providers["P1"], "Y": council.providers["P2"]}
    return {
        name: services.set_bid(
            actor=actor, tender=tender, bidder=name, provider=known.get(name), price_pence=pence
        )
        for name, pence in prices.items()
    }


def score(actor, tender: Tender, scores: dict[Bid, str]) -> list[Score]:
    one = tender.criteria.get()
    given = [GivenScore(bid.pk, one.pk, Decimal(text)) for bid, text in scores.items()]
    return services.give_scores(actor=actor, tender=tender, given=given)


def agree(actor, tender: Tender, scores: dict[Bid, str], why: str = "") -> None:
    one = tender.criteria.get()
    given = [GivenScore(bid.pk, one.pk, Decimal(text), why) for bid, text in scores.items()]
    services.agree_scores(actor=actor, tender=tender, given=given)


def moderated(council, tender: Tender, marks: dict[str, str], **prices: int) -> dict[str, Bid]:
    """Take a tender to moderation with one evaluator's marks, agreed as given."""
    actor = council[Role.CONTRACT_MANAGER]
    kept = bids(council, tender, **prices)
    services.begin_scoring(actor=actor, tender=tender, on=date(2017, 2, 1))
    scores = {kept[name]: mark for name, mark in marks.items()}
    score(actor, tender, scores)
    services.close_scoring(actor=actor, tender=tender)
    agree(actor, tender, scores)
    return kept


def decided(council, tender: Tender, **changes: Any) -> Tender:
    terms = {"letters_on": LETTERS, "reason": "best quality", **changes}
    return services.decide(actor=council[Role.COMMISSIONER], tender=tender, **terms)


def test_pr_01_the_third_bid_is_excluded_before_anybody_scores_it(council, tender):
    kept = bids(council, tender, X=1580, Y=1580, Z=1590)
    actor = council[Role.COMMISSIONER]
    services.begin_scoring(actor=actor, tender=tender, on=date(2017, 2, 1))

    with pytest.raises(ValidationError, match=r"Z is excluded before scoring: £15\.90 is above"):
        score(actor, tender, {kept["X"]: "71", kept["Z"]: "95"})

    assert not Score.objects.exists()
    score(actor, tender, {kept["X"]: "71", kept["Y"]: "84"})
    services.close_scoring(actor=actor, tender=tender)
    agree(actor, tender, {kept["X"]: "71", kept["Y"]: "84"})
    assert [(one.bidder, one.total) for one in evaluation_of(tender).ranked] == [
        ("Y", Decimal(84)),
        ("X", Decimal(71)),
    ]


def test_weights_that_do_not_add_up_keep_a_tender_closed(council, tender):
    actor = council[Role.COMMISSIONER]
    services.set_criterion(
        actor=actor, tender=tender, code="Q", title="Quality", weight=Decimal(70)
    )
    services.set_criterion(actor=actor, tender=tender, code="R", title="Reach", weight=Decimal(20))

    with pytest.raises(ValidationError, match=r"70 \+ 20 = 90, not 100"):
        services.open_tender(actor=actor, tender=tender)

    tender.refresh_from_db()
    assert tender.state == "draft"


def test_evaluators_see_only_their_own_scores_until_scoring_is_closed(council, tender):
    one, other = council[Role.COMMISSIONER], council[Role.CONTRACT_MANAGER]
    kept = bids(council, tender, X=1580)
    services.begin_scoring(actor=one, tender=tender, on=date(2017, 2, 1))
    score(one, tender, {kept["X"]: "70"})
    score(other, tender, {kept["X"]: "80"})

    assert [row.score for row in Score.objects.visible_to(other)] == [80]
    assert not Score.objects.visible_to(council[Role.AUDITOR]).exists()
    told = AuditEntry.objects.visible_to(other).filter(subject_type__startswith="tenders.")
    assert all("score" not in entry.after for entry in told)
    services.close_scoring(actor=one, tender=tender)

    assert [row.score for row in Score.objects.visible_to(other)] == [70, 80]
    kept_scores = AuditEntry.objects.filter(subject_type="tenders.score")
    assert sorted(entry.after["score"] for entry in kept_scores) == ["70.00", "80.00"]


def test_scoring_is_closed_when_every_evaluator_gave_every_score(council, tender):
    actor = council[Role.COMMISSIONER]
    kept = bids(council, tender, X=1580, Y=1580)
    services.begin_scoring(actor=actor, tender=tender, on=date(2017, 2, 1))
    score(actor, tender, {kept["X"]: "70"})

    with pytest.raises(ValidationError, match="gave 1 of 2 scores"):
        services.close_scoring(actor=actor, tender=tender)


def test_an_agreed_score_that_is_not_the_mean_keeps_its_reason(council, tender):
    one, other = council[Role.COMMISSIONER], council[Role.CONTRACT_MANAGER]
    kept = bids(council, tender, X=1580)
    services.begin_scoring(actor=one, tender=tender, on=date(2017, 2, 1))
    score(one, tender, {kept["X"]: "70"})
    score(other, tender, {kept["X"]: "80"})
    services.close_scoring(actor=one, tender=tender)

    with pytest.raises(ValidationError, match="78 is not the mean of 70, 80"):
        agree(one, tender, {kept["X"]: "78"})
    agree(one, tender, {kept["X"]: "78"}, "the method statement names a local office")

    (row,) = kept["X"].agreed_scores.all()
    assert (row.score, row.agreed_by) == (78, one)
    assert row.reason == "the method statement names a local office"


@pytest.mark.parametrize(("day", "allowed"), [(19, False), (20, True)])
def test_pr_04_letters_of_9_march_give_places_from_20_march(council, tender, day, allowed):
    moderated(council, tender, {"X": "71", "Y": "84"}, X=1580, Y=1580)
    decided(council, tender)
    give = {"actor": council[Role.COMMISSIONER], "tender": tender, "starts_on": date(2017, 7, 1)}

    assert tender.standstill_ends_on == date(2017, 3, 19)
    if not allowed:
        with pytest.raises(ValidationError, match=r"award from 20/03/2017"):
            services.give_places(**give, on=date(2017, 3, day))
        assert not LotAward.objects.filter(lot=tender.lot).exists()
        return
    services.give_places(**give, on=date(2017, 3, day))

    places = LotAward.objects.filter(lot=tender.lot)
    assert [(row.provider.ref, row.tier) for row in places] == [
        ("P2", Tier.LEAD),
        ("P1", Tier.ADDITIONAL),
    ]
    with pytest.raises(ValidationError, match="given already"):
        services.give_places(**give, on=date(2017, 3, 21))


def test_a_tender_gives_no_lead_a_place_beside_another(council, tender):
    # A lot copied with its places has a lead already.
    place = {"tier": Tier.LEAD, "rank": 1, "capacity_minutes_per_week": None}
    since = {"starts_on": date(2017, 7, 1), "decided_on": date(2017, 1, 1)}
    set_lot_award(
        actor=council.system, lot=tender.lot, provider=council.providers["HF"], **place, **since
    )
    moderated(council, tender, {"X": "71", "Y": "84"}, X=1580, Y=1580)
    decided(council, tender)
    give = {"actor": council[Role.COMMISSIONER], "tender": tender, "starts_on": date(2017, 7, 1)}

    with pytest.raises(ValidationError, match=r"two leads from 01/07/2017: .*\(HF\) and .*\(P2\)"):
        services.give_places(**give, on=date(2017, 3, 20))

    tender.refresh_from_db()
    assert not tender.places_given
    assert [row.provider.ref for row in LotAward.objects.filter(lot=tender.lot)] == ["HF"]


def test_a_tender_for_two_leads_is_not_opened(council, tender):
    tender.lead_places = 2

    with pytest.raises(ValidationError, match="one lead at a time, not 2"):
        services.open_tender(actor=council[Role.COMMISSIONER], tender=tender)


def test_pr_03_a_winner_over_the_cap_is_refused_by_the_penny(council, tender):
    tender.price_rule, tender.quality_weight = "lowest", Decimal(50)
    tender.price_basis, tender.contract_years = "whole_life", 5
    tender.award_cap_pence, tender.ceiling_pence = 13_332_999, None
    tender.save()
    actor = council[Role.COMMISSIONER]
    services.open_tender(actor=actor, tender=tender)
    bid = services.set_bid(
        actor=actor,
        tender=tender,
        bidder="W",
        provider=None,
        one_off_pence=1_105_000,
        annual_pence=2_445_600,
    )
    services.begin_scoring(actor=actor, tender=tender, on=date(2017, 2, 1))
    score(actor, tender, {bid: "82"})
    services.close_scoring(actor=actor, tender=tender)
    agree(actor, tender, {bid: "82"})

    assert bid.price_pence == 13_333_000  # 11,050 + 5 × 24,456 = 133,330
    with pytest.raises(ValidationError, match=r"£133,330.00, £0.01 over the £133,329.99"):
        decided(council, tender)
    tender.award_cap_pence = 13_333_000
    tender.save()
    decided(council, tender)
    assert tender.state == "decided"


def test_a_tie_for_a_place_waits_for_a_person(council, tender):
    tender.additional_places = 0
    tender.save()
    kept = moderated(council, tender, {"X": "80", "Y": "80"}, X=1580, Y=1500)

    with pytest.raises(ValidationError, match="X and Y tie for rank 1"):
        decided(council, tender)
    services.settle_tie(
        actor=council[Role.COMMISSIONER],
        tender=tender,
        orders={kept["Y"].pk: 1, kept["X"].pk: 2},
        reason="lot drawn before two witnesses",
    )
    tender = decided(council, Tender.objects.get(pk=tender.pk))

    assert letter_to(Bid.objects.get(pk=kept["Y"].pk)).won
    assert not letter_to(Bid.objects.get(pk=kept["X"].pk)).won


def test_a_letter_tells_nothing_of_another_bidder(council, tender):
    tender.price_rule, tender.quality_weight, tender.ceiling_pence = "lowest", Decimal(50), None
    tender.save()
    kept = moderated(council, tender, {"X": "82", "Y": "70"}, X=13_333_000, Y=12_000_000)
    decided(council, tender)

    letter = letter_to(Bid.objects.get(pk=kept["X"].pk))

    told = " ".join(line.working for line in letter.lines)
    assert letter.verdict.total == Decimal("86.0011")
    assert "120,000" not in told
    assert "133,330" in told


@pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR, Role.BROKER])
def test_who_only_reads_tenders_writes_nothing(council, tender, role):
    before = AuditEntry.objects.count()

    with pytest.raises(PermissionDenied):
        services.open_tender(actor=council[role], tender=tender)

    assert AuditEntry.objects.count() == before


def test_tenders_are_for_those_who_buy_and_those_who_check(council, other_council, tender):
    seeing = {role for role in Role if role in council.users and _sees(council[role])}

    assert seeing == {
        Role.ADMINISTRATOR,
        Role.COMMISSIONER,
        Role.CONTRACT_MANAGER,
        Role.FINANCE,
        Role.AUDITOR,
    }
    assert not _sees(council.provider_users["P1"])
    assert not _sees(other_council[Role.COMMISSIONER])


def _sees(user) -> bool:
    return Tender.objects.visible_to(user).exists()


def test_a_third_evaluator_of_the_same_role_scores_apart(council, tender):
    kept = bids(council, tender, X=1580)
    third = register_user(
        authority=council.authority,
        username="third",
        role=Role.COMMISSIONER,
        password=PASSWORD,
        name="Third Evaluator",
    )
    services.begin_scoring(actor=third, tender=tender, on=date(2017, 2, 1))
    score(council[Role.COMMISSIONER], tender, {kept["X"]: "70"})
    score(third, tender, {kept["X"]: "60"})

    assert [row.score for row in Score.objects.visible_to(third)] == [60]
