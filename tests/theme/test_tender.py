"""Lots by zone and pathway, the move to new providers, and a tender from rules to letters."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.market import services as market
from cms_models.market.models import Framework, LotAward
from cms_models.tenders import services as tenders
from cms_models.tenders.models import Bid, Score, Tender
from tests.council import Council
from tests.theme.browsing import Visitor, visitor  # noqa: F401
from tests.theme.furnishing import furnish


def client_of(council: Council, role: Role) -> Client:
    client = Client()
    client.force_login(council[role])
    return client


def draft_of(council: Council) -> Framework:
    """Return a copy of the council's framework as a draft, from 01/04/2027."""
    return market.copy_framework(
        actor=council[Role.COMMISSIONER],
        framework=council.lots["O-A"].framework,
        name="Option B",
        starts_on=date(2027, 4, 1),
    )


def cells(**lots: str) -> dict[str, str]:
    """Return the matrix's fields: cells(O_A="O-A") is pathway O in zone A."""
    return {f"cell|{name.replace('_', '|')}": code for name, code in lots.items()}


def test_the_matrix_shows_gaps_and_saves_another_structure(council):
    framework = draft_of(council)
    client = client_of(council, Role.COMMISSIONER)
    url = reverse("framework_lots", args=[framework.pk])
    seen = client.get(url).context["seen"]
    chosen = cells(O_A="+", O_B="+", D_A="D-AB", D_B="", M_A="M", M_B="M")

    refused = client.post(url, {**chosen, "seen": seen, "code": "N", "name": ""})
    assert refused.status_code == 422
    assert "Lot N is new: give it a name." in refused.content.decode()
    client.post(url, {**chosen, "seen": seen, "code": "N", "name": "North"})

    assert {lot.code: lot.zones for lot in framework.lots.all()} == {
        "D-AB": ["A"],
        "M": ["A", "B"],
        "N": ["A", "B"],
    }
    page = client.get(url).content.decode()
    assert "Pathway D has no lot in zone B: such work cannot be offered there." in page
    assert "Lot N North needs at least 1 provider and has 0" in page


def test_what_no_lot_can_be_is_said_and_nothing_is_saved(council):
    framework = draft_of(council)
    client = client_of(council, Role.COMMISSIONER)
    url = reverse("framework_lots", args=[framework.pk])
    before = AuditEntry.objects.count()

    answer = client.post(
        url, {**cells(O_A="O-A", D_B="O-A"), "seen": client.get(url).context["seen"]}
    )

    assert answer.status_code == 422
    assert "Lot O-A would have to cover D in zone A and O in zone B too" in answer.content.decode()
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("role", [Role.CONTRACT_MANAGER, Role.FINANCE, Role.AUDITOR])
def test_only_who_changes_lots_saves_the_matrix(council, role):
    framework = draft_of(council)
    before = AuditEntry.objects.count()

    answer = client_of(council, role).post(
        reverse("framework_lots", args=[framework.pk]), {"seen": ""}
    )

    assert answer.status_code in (302, 403)
    assert AuditEntry.objects.count() == before
    assert framework.lots.count() == 4


def test_pr_06_years_typed_become_the_last_days(council):
    client = client_of(council, Role.COMMISSIONER)
    typed = {"name": "Notts", "starts_on": "01/07/2018", "years": "5", "extension_years": "5"}

    client.post(reverse("framework:add"), typed)

    framework = Framework.objects.get(name="Notts")
    page = client.get(reverse("framework_lots", args=[framework.pk])).content.decode()
    assert "01/07/2018 to 30/06/2023, 30/06/2028 at the latest" in page


def test_pr_09_ending_a_framework_early_leads_to_its_packages(council):
    package = council.package(1, organisation_ref="P2", status="active")
    framework = council.lots["O-A"].framework
    LotAward.objects.filter(lot=council.lots["O-A"], provider=council.providers["P2"]).delete()
    client = client_of(council, Role.COMMISSIONER)
    typed = {"on": "01/01/2028", "reason": "too dear"}

    answer = client.post(reverse("framework:act", args=[framework.pk, "end"]), typed, follow=True)

    said = " ".join(str(message) for message in answer.context["messages"])
    assert "has no break clause" in said
    assert "end the packages instead" in said
    page = client.get(reverse("framework_transition", args=[framework.pk])).content.decode()
    assert reverse("package_page", args=[package.pk]) in page
    assert "<strong>0 of 1</strong>" in page
    framework.refresh_from_db()
    assert framework.ends_on == date(2030, 7, 1)


def test_pr_04_the_form_of_a_place_refuses_in_the_standstill(council):
    framework = council.lots["O-A"].framework
    framework.standstill_ends_on = timezone.localdate()
    framework.save()
    typed = {
        "lot": council.lots["O-B"].pk,
        "provider": council.providers["P1"].pk,
        "tier": 2,
        "rank": 1,
        "starts_on": "01/01/2027",
    }
    client = client_of(council, Role.CONTRACT_MANAGER)

    page = client.post(reverse("lotaward:add"), typed).content.decode()

    assert f"in standstill to {framework.standstill_ends_on:%d/%m/%Y}" in page
    assert not LotAward.objects.filter(lot=council.lots["O-B"], tier=2).exists()


@pytest.fixture
def tender(council) -> Tender:
    """A draft tender of a draft framework's lot O-A, 50/50."""
    framework = draft_of(council)
    row = Tender(
        authority=council.authority,
        framework=framework,
        lot=framework.lots.get(code="O-A"),
        name="Zone A",
        price_rule="lowest",
        price_basis="total",
        quality_weight=Decimal(50),
    )
    row.full_clean()
    row.save()
    return row


def test_pr_02_a_tender_goes_from_rules_to_letters_by_its_page(council, tender):
    client = client_of(council, Role.COMMISSIONER)

    def post(step: str, **data: object) -> int:
        return client.post(reverse(f"tender_{step}", args=[tender.pk]), data).status_code

    def press(name: str, **data: object) -> str:
        url = reverse("tender:act", args=[tender.pk, name])
        answer = client.post(url, data, follow=True)
        return " ".join(str(message) for message in answer.context["messages"])

    post("criteria", code="Q", title="Quality", weight="90")
    assert "weigh 90 = 90, not 100: add 10." in press("open")
    post("criteria", code="Q", title="Quality", weight="100")
    assert "takes bids" in press("open")
    assert post("bids", bidder="A", price="abc") == 422
    post("bids", bidder="A", price="133330", provider=council.providers["P1"].pk)
    post("bids", bidder="=B", price="120000", provider=council.providers["P2"].pk)
    press("begin-scoring")
    one, bids = tender.criteria.get(), {bid.bidder: bid for bid in Bid.objects.all()}
    marks = {f"score-{bids['A'].pk}-{one.pk}": "82", f"score-{bids['=B'].pk}-{one.pk}": "70"}
    assert post("scores", **dict.fromkeys(marks, "101")) == 422
    assert not Score.objects.exists()
    post("scores", **marks)
    press("close-scoring")
    assert "no score is agreed yet" in press("decide", letters_on="09/03/2017", reason="best")
    post("moderation", **marks)
    assert "20/03/2017" in press("decide", letters_on="09/03/2017", reason="best")

    page = client.get(reverse("tender_page", args=[tender.pk])).content.decode()
    assert "45.0011 + 41.0000 = 86.0011" in page
    assert "The standstill ended on 19/03/2017" in page
    letter = client.get(reverse("tender_letter", args=[bids["=B"].pk])).content.decode()
    assert "It came 2 of 2 with 85.0000 marks" in letter
    assert "133,330" not in letter
    exported = client.get(reverse("tender_export", args=[tender.pk]), {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(exported.content.decode("utf-8-sig"))))
    assert {(row["Bidder"], row["Rank"], row["Total"]) for row in rows} == {
        ("A", "1", "86.0011"),
        ("'=B", "2", "85.0000"),
    }
    assert client.get(reverse("tender_export", args=[tender.pk])).content[:2] == b"PK"
    LotAward.objects.filter(lot=tender.lot).delete()
    assert "1 place in Option B given" in press("give-places", starts_on="01/04/2027")
    assert LotAward.objects.get(lot=tender.lot).provider == council.providers["P1"]


def test_a_result_is_no_file_before_every_score_is_agreed(council, tender):
    client = client_of(council, Role.AUDITOR)

    assert client.get(reverse("tender_export", args=[tender.pk])).status_code == 404


@pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR])
def test_who_checks_tenders_reads_and_writes_nothing(council, tender, role):
    client = client_of(council, role)
    before = AuditEntry.objects.count()

    assert client.get(reverse("tender_page", args=[tender.pk])).status_code == 200
    for step in ("criteria", "bids", "scores", "moderation", "tie"):
        assert client.post(
            reverse(f"tender_{step}", args=[tender.pk]), {"code": "1"}
        ).status_code in (
            302,
            403,
        )
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("role", [Role.BROKER, Role.COORDINATOR])
def test_who_places_work_sees_no_tender(council, tender, role):
    client = client_of(council, role)

    assert client.get(reverse("tender_page", args=[tender.pk])).status_code in (302, 403)
    assert client.get(reverse("tender:index")).status_code in (302, 403)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_lots_and_tenders_by_keyboard_with_nothing_serious(
    council: Council,
    visitor: Visitor,  # noqa: F811
):
    furnish(council)
    framework = draft_of(council)
    decided = Tender.objects.get()
    open_one = Tender(
        authority=council.authority, framework=framework, name="Open one", ceiling_pence=1580
    )
    open_one.save()
    actor = council[Role.COMMISSIONER]
    tenders.set_criterion(
        actor=actor, tender=open_one, code="1", title="Staff", weight=Decimal(100)
    )
    tenders.open_tender(actor=actor, tender=open_one)
    tenders.set_bid(actor=actor, tender=open_one, bidder="X", provider=None, price_pence=1500)
    tenders.begin_scoring(actor=actor, tender=open_one, on=timezone.localdate() + timedelta(1))
    visitor.sign_in(actor.username)

    for address in (
        reverse("framework_lots", args=[framework.pk]),
        reverse("framework_lots", args=[council.lots["O-A"].framework_id]),
        reverse("framework_transition", args=[council.lots["O-A"].framework_id]),
        reverse("tender_page", args=[decided.pk]),
        reverse("tender_page", args=[open_one.pk]),
        reverse("tender_letter", args=[decided.bids.get().pk]),
    ):
        visitor.open(address)
        assert visitor.serious_axe_findings() == [], address
    page = visitor.open(reverse("framework_lots", args=[framework.pk]))
    page.get_by_label("Pathway D in zone B").focus()
    page.keyboard.press("Home")  # “no lot”
    page.get_by_role("button", name="Save the lots").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")

    assert framework.lots.get(code="D-AB").zones == ["A"]
    assert "Pathway D has no lot in zone B" in page.inner_text("main")
    assert (visitor.errors, visitor.outside) == ([], [])
