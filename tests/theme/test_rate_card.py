"""A rate card's page: its grid, its faults, what is drafted from it, who may."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.audit.services import save_record
from cms_models.fields.own import services as own
from cms_models.fields.own.models import CustomField
from cms_models.publication import services as publication
from cms_models.rates import services
from cms_models.rates.domain import Line
from cms_models.rates.models import BankHoliday, RateCard
from cms_models.rates.selectors import lines_token
from tests.council import TODAY
from tests.homeward_api.conftest import Door, key_of
from tests.theme.browsing import Visitor, visitor  # noqa: F401 - a fixture

FIELDS = (
    *("line_id", "visit_kind", "pathway", "area", "day_type", "from_minutes", "to_minutes"),
    *("least_minutes", "most_minutes", "pence_per_hour"),
)
URBAN = {"visit_kind": "hourly", "area": "urban", "pence_per_hour": "16.10"}


def client_of(council, role: Role = Role.COMMISSIONER) -> Client:
    client = Client()
    client.force_login(council[role])
    return client


def draft(council, *lines: Line, on: date = date(2027, 4, 1)) -> RateCard:
    lines = lines or (Line(None, None, "hourly", 1580),)
    return services.draft_card(actor=council.system, name="Draft", valid_from=on, lines=lines)


def typed(card: RateCard, *rows: dict, opened: str = "", **more: str) -> dict[str, str]:
    """Return a grid as a browser sends it."""
    data = {
        "opened": opened or lines_token(card),
        "lines-TOTAL_FORMS": str(len(rows)),
        "lines-INITIAL_FORMS": str(card.lines.count()),
        **more,
    }
    for number, row in enumerate(rows):
        data |= {f"lines-{number}-{name}": str(row.get(name, "")) for name in FIELDS}
        data |= {f"lines-{number}-DELETE": "on"} if row.get("DELETE") else {}
    return data


def saved(council, card: RateCard, *rows: dict, role: Role = Role.COMMISSIONER, **more):
    url = reverse("rate_card_lines", args=[card.pk])
    return client_of(council, role).post(url, typed(card, *rows, **more), follow=True)


def rates(card: RateCard) -> list[tuple[str, int]]:
    return [(line.terms.words, line.pence_per_hour) for line in card.lines.all()]


def test_the_grid_saves_lines_in_pounds_and_clock_times(council):
    card = draft(council)
    (line,) = card.lines.all()

    answer = saved(
        council,
        card,
        {"line_id": line.pk, "visit_kind": "hourly", "pence_per_hour": "15.80", "DELETE": True},
        {**URBAN, "day_type": "weekday", "from_minutes": "07:00", "to_minutes": "22:00"},
        {**URBAN, "from_minutes": "22:00", "to_minutes": "07:00", "most_minutes": "30"},
        {**URBAN, "from_minutes": "00:00", "to_minutes": "24:00", "pence_per_hour": "17"},
        {"visit_kind": "hourly"},
    )

    assert answer.status_code == 200
    assert sorted(rates(card)) == [
        ("hourly, urban", 1700),
        ("hourly, urban, starts 22:00 to 07:00, shorter than 30 min", 1610),
        ("hourly, urban, weekday, starts 07:00 to 22:00", 1610),
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({**URBAN, "from_minutes": "08:00", "to_minutes": "08:00"}, "ends when it begins"),
        ({**URBAN, "from_minutes": "25:00"}, "is not a time of day"),
        ({**URBAN, "least_minutes": "60", "most_minutes": "30"}, "No visit is that long"),
        ({**URBAN, "pence_per_hour": "-1"}, "greater than or equal to 0.01"),
        ({**URBAN, "pence_per_hour": ""}, "State a rate, or remove the line."),
        ({**URBAN, "area": "moor"}, "moor is not one of the available choices"),
    ],
)
def test_a_line_that_cannot_be_is_refused_where_it_stands(council, row, words):
    card = draft(council)

    answer = saved(council, card, row)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert rates(card) == [("hourly, any area", 1580)]


def test_gaps_are_named_while_drafting_and_stand_in_the_way_of_approval(council):
    card = draft(council)
    row = {**URBAN, "day_type": "weekday", "from_minutes": "07:00", "to_minutes": "22:00"}

    checked = saved(council, card, row, check="1").content.decode()
    assert "Hourly, urban, weekday, starts 22:00 to 07:00, weekend" not in checked
    assert "Hourly, urban, weekday, starts 22:00 to 07:00: no rate." in checked
    assert "Hourly, urban, weekend and bank holiday: no rate." in checked
    assert rates(card) == [("hourly, any area", 1580)]

    page = saved(council, card, row).content.decode()
    assert "What keeps this card a draft" in page
    act = reverse("ratecard:act", args=[card.pk, "submit"])
    refused = client_of(council).post(act, {"text": "", "seen": card.version}, follow=True)
    assert "starts 22:00 to 07:00: no rate" in refused.content.decode()
    card.refresh_from_db()
    assert card.state == "draft"


def test_a_stale_grid_shows_both_and_writes_nothing(council):
    card = draft(council)
    line = card.lines.get()
    opened = lines_token(card)
    line.pence_per_hour = 1600
    save_record(actor=council.system, record_=line, expected_version=line.version)

    mine = {"line_id": line.pk, "visit_kind": "hourly", "pence_per_hour": "16.10"}
    answer = saved(council, card, mine, opened=opened)

    assert answer.status_code == 409
    assert "£16.00/h" in answer.content.decode()
    assert "£16.10/h" in answer.content.decode()
    assert rates(card) == [("hourly, any area", 1600)]


@pytest.mark.parametrize("role", [Role.FINANCE, Role.BROKER, Role.AUDITOR])
def test_roles_that_only_read_see_the_card_and_change_nothing(council, role):
    card = draft(council)
    client = client_of(council, role)
    cards, entries = RateCard.objects.count(), AuditEntry.objects.count()

    page = client.get(reverse("rate_card_page", args=[card.pk]))
    data = {"name": "Taken", "valid_from": "01/01/2028", "percent": "5", "step": "1"}
    answers = [
        client.post(reverse(f"rate_card_{act}", args=[card.pk]), {**typed(card, URBAN), **data})
        for act in ("lines", "copy", "correct", "uplift")
    ]

    assert page.status_code == 200
    assert "Save the lines" not in page.content.decode()
    assert {answer.status_code for answer in answers} <= {302, 403}
    assert (RateCard.objects.count(), AuditEntry.objects.count()) == (cards, entries)
    assert rates(card) == [("hourly, any area", 1580)]


def test_another_councils_card_is_not_found(council, other_council):
    card = draft(other_council)
    client = client_of(council)

    for act in ("page", "uplift", "adjustments"):
        assert client.get(reverse(f"rate_card_{act}", args=[card.pk])).status_code == 404
    assert saved(council, card, URBAN).status_code == 404
    assert rates(card) == [("hourly, any area", 1580)]


def test_an_uplift_is_looked_at_first_and_then_drafted(council):
    card = RateCard.objects.get(authority=council.authority, name="2017 card")
    url, client = reverse("rate_card_uplift", args=[card.pk]), client_of(council)
    data = {"name": "2018 card", "valid_from": "01/04/2018", "amount": "0.30", "step": "1"}

    looked = client.get(url, {**data, "visit_kinds": "hourly"}).content.decode()
    assert "£16.10" in looked
    assert "+1.90 %" in looked
    assert not RateCard.objects.filter(name="2018 card").exists()
    both = client.post(url, {**data, "percent": "2"})
    assert both.status_code == 422
    assert "not both and not neither" in both.content.decode()

    client.post(url, {**data, "visit_kinds": "hourly"})
    made = RateCard.objects.get(authority=council.authority, name="2018 card")
    assert rates(made) == [
        *[("24-hour, any area", 1280), ("hourly, any area", 1610), ("sleep-in, any area", 1280)]
    ]


def test_a_correction_is_drafted_within_the_cards_period_and_its_adjustments_are_listed(council):
    council.package(1, organisation_ref="P1", status="active", starts_on=date(2019, 1, 1))
    RateCard.objects.update(approved_at=datetime(2016, 1, 1, tzinfo=UTC))
    card = RateCard.objects.get(authority=council.authority, name="2017 card")
    url, client = reverse("rate_card_correct", args=[card.pk]), client_of(council)

    outside = client.post(url, {"name": "Right", "valid_from": "01/01/2017"})
    assert outside.status_code == 422
    assert "begins within its period" in outside.content.decode()
    client.post(url, {"name": "Right", "valid_from": "07/01/2019", "valid_to": "28/01/2019"})
    made = RateCard.objects.get(authority=council.authority, name="Right")
    services.set_lines(
        actor=council.system,
        card=made,
        opened=lines_token(made),
        lines=[(None, Line(None, None, "hourly", 1610))],
    )

    page = client.get(reverse("rate_card_adjustments", args=[made.pk])).content.decode()
    sent = client.get(reverse("rate_card_adjustments", args=[made.pk]), {"export": "csv"})

    assert "Right corrects 2017 card" in page
    # 21 half hours: 21 × 7.90 = 165.90; 21 × 8.05 = 169.05
    assert all(words in page for words in ("£165.90", "£169.05", "+£3.15"))
    assert "165.9,169.05,3.15,2017 card,Right" in sent.content.decode()
    plain = reverse("rate_card_adjustments", args=[card.pk])
    assert client.get(plain).status_code == 404


def test_bank_holidays_are_filled_by_a_button(council):
    client = client_of(council)

    first = client.post(reverse("bankholiday:do", args=["fill"]), follow=True).content.decode()
    again = client.post(reverse("bankholiday:do", args=["fill"]), follow=True).content.decode()
    denied = client_of(council, Role.FINANCE).post(reverse("bankholiday:do", args=["fill"]))

    assert f"{BankHoliday.objects.count()} bank holidays of England and Wales were added" in first
    assert "All are there." in again
    assert denied.status_code in {302, 403}


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_rt_12_a_commissioner_drafts_16_10_another_person_approves_and_providers_read_it(
    council,
    visitor: Visitor,  # noqa: F811 - the fixture
):
    visitor.sign_in("commissioner")
    card = RateCard.objects.get(authority=council.authority, name="2017 card")
    page = visitor.open(f"/admin/rate-card/{card.pk}/")
    page.click("#act-copy > summary")
    page.fill("#copy-name", "2018 card")
    page.fill("#copy-valid_from", "01/04/2018")
    page.keyboard.press("Escape")
    page.click("#act-copy button[type=submit]")
    page.wait_for_load_state("networkidle")
    made = RateCard.objects.get(authority=council.authority, name="2018 card")
    hourly = page.locator("#lines-rows tr").filter(
        has=page.locator("option[value=hourly][selected]")
    )
    hourly.first.locator("input[name$=pence_per_hour]").fill("16.10")
    rows = page.locator("#lines-rows tr").count()
    page.click("#lines-add")
    assert page.locator("#lines-rows tr").count() == rows + 1
    page.click("text=Save the lines")
    page.wait_for_load_state("networkidle")
    assert "Hourly" in page.inner_text("main")
    assert "+1.90 %" in page.inner_text("main")
    assert visitor.serious_axe_findings() == []

    publication.submit(actor=council[Role.COMMISSIONER], version=RateCard.objects.get(pk=made.pk))
    publication.approve(actor=council[Role.ADMINISTRATOR], version=RateCard.objects.get(pk=made.pk))

    door = Door(key_of(council.provider_users["P1"]))
    query = "query ($on: Date!) { rates(asOf: $on, visitKind: HOURLY) { lines { poundsPerHour } } }"
    asked = [door.ask(query, on=on).data["rates"] for on in ("2018-03-31", "2018-04-01")]
    assert [found["lines"] for found in asked] == [
        [{"poundsPerHour": "15.80"}],
        [{"poundsPerHour": "16.10"}],
    ]
    page = visitor.open(f"/admin/rate-card/{made.pk}/")
    history = page.inner_text("section[aria-labelledby=history-title]")
    assert "Commissioner Tester" in history
    assert "Administrator Tester" in history
    assert "copied from 2017 card" in history
    assert visitor.serious_axe_findings() == []
    assert visitor.errors == []
    assert visitor.outside == []
    assert Decimal(1610) == made.lines.get(visit_kind="hourly").pence_per_hour
    assert made.valid_from < TODAY


def test_the_history_of_a_card_hides_an_own_field_from_roles_that_do_not_see_it(council):
    card = draft(council)
    field = CustomField(
        authority=council.authority,
        record_type="rates.ratecard",
        label="Canary margin",
        kind="text",
        see=[Role.COMMISSIONER.value],
    )
    own.save_field(actor=council[Role.ADMINISTRATOR], field=field, expected_version=None)
    card.custom = {"canary_margin": "Canary 4 %"}
    save_record(actor=council.system, record_=card, expected_version=card.version)
    url = reverse("rate_card_page", args=[card.pk])

    seen = client_of(council).get(url).content.decode()
    hidden = client_of(council, Role.FINANCE).get(url).content.decode()

    assert "Canary margin" in seen
    assert "Canary 4 %" in seen
    assert "anary" not in hidden
