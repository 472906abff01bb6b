"""Every page of the commissioner's workbench, opened once in a browser on a furnished council.

axe finds nothing serious, no script fails, no policy is broken, nothing is asked of anybody else.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts.models import CouncilRole
from cms_models.accounts.roles import Role
from cms_models.fields.own.models import CustomField, Entry, RecordType
from cms_models.market.models import Framework
from cms_models.places.models import ZoneMap
from cms_models.places.services import copy_zone_map
from cms_models.planning.models import SavedReport, Scenario
from cms_models.planning.options import option_in_force, with_drafts
from cms_models.planning.services import save_report, save_scenario
from cms_models.publication.services import submit
from cms_models.rates.models import RateCard
from cms_models.rates.services import copy_card, correct_card, draft_card
from cms_models.tenders.models import Bid, Tender
from tests.council import TODAY, Council
from tests.theme.browsing import Visitor, visitor  # noqa: F401 - a fixture
from tests.theme.furnishing import furnish

OPEN_PANELS = "document.querySelectorAll('main details').forEach(one => { one.open = true; })"


def furnished(council: Council) -> None:
    """Give the council a record of every kind, drafts to try and versions that wait."""
    furnish(council)
    commissioner = council[Role.COMMISSIONER]
    in_force = RateCard.objects.get(authority=council.authority, name="2017 card")
    copy_zone_map(
        actor=commissioner,
        zone_map=council.zone_map,
        name="Zones 2030",
        valid_from=date(2030, 1, 1),
    )
    waiting = draft_card(
        actor=commissioner,
        name="Waiting card",
        valid_from=timezone.localdate() + timedelta(days=30),
        lines=[line.terms for line in in_force.lines.all()],
    )
    submit(actor=commissioner, version=waiting)
    correct_card(actor=commissioner, card=in_force, name="Correction", valid_from=date(2026, 10, 5))
    copy_card(actor=commissioner, card=in_force, name="2029 card", valid_from=date(2029, 1, 1))
    option = with_drafts(option_in_force(commissioner, TODAY), card=waiting, name="Dearer")
    save_scenario(actor=commissioner, option=option, name="Dearer")
    save_report(
        actor=commissioner,
        name="Printed table",
        mix=[(100, 1580)],
        rows=[
            {
                "key": "A",
                "name": "A",
                "weekly_hours": 7,
                "annual_hours": 364,
                "annual_pounds": 5000,
            }
        ],
    )


def addresses(council: Council) -> Iterator[str]:
    """Yield the address of every page of the workbench that staff open."""
    yield from _zones_and_rates(council)
    yield from _planning()
    yield from _review()
    yield from _market(council)
    yield from _low_code()
    yield from _as_at(council)


def _zones_and_rates(council: Council) -> Iterator[str]:
    draft = ZoneMap.objects.get(authority=council.authority, name="Zones 2030")
    cards = RateCard.objects.filter(authority=council.authority)
    yield reverse("zone_map_edit", args=[draft.pk])
    both = [("maps", council.zone_map.pk), ("maps", draft.pk)]
    yield f"{reverse('zone_map_compare')}?{urlencode(both)}"
    for name in ("zone_map_page", "zone_map_copy", "zone_map_history"):
        yield reverse(name, args=[draft.pk])
    yield reverse("rate_card_page", args=[cards.get(name="2029 card").pk])
    yield reverse("rate_card_page", args=[cards.get(name="2017 card").pk])
    yield reverse("rate_card_uplift", args=[cards.get(name="2017 card").pk])
    yield reverse("rate_card_adjustments", args=[cards.get(name="Correction").pk])
    for name in ("bankholiday", "ratecard", "zonemap", "budget", "referencearea"):
        yield reverse(f"{name}:index")


def _planning() -> Iterator[str]:
    card = RateCard.objects.get(name="Waiting card")
    tried = urlencode({"on": TODAY.isoformat(), "card": card.pk, "hours-O": "-5"})
    figure = urlencode({"table": "zone", "row": "A", "column": "weekly_pence"})
    yield f"{reverse('sandbox')}?{tried}"
    yield f"{reverse('sandbox_cell')}?{tried}&{figure}"
    yield f"{reverse('sandbox_compare')}?second=scenario-{Scenario.objects.get(name='Dearer').pk}"
    yield reverse("against_budget")
    for name in ("scenario", "savedreport"):
        yield reverse(f"{name}:index")
    report = SavedReport.objects.get(name="Printed table")
    yield reverse("savedreport:inspect", args=[report.pk])
    yield reverse("savedreport:edit", args=[report.pk])


def _review() -> Iterator[str]:
    waiting = RateCard.objects.get(name="Waiting card")
    yield reverse("review_queue")
    yield reverse("review_page", args=["ratecard", waiting.pk])
    yield f"{reverse('review_calendar')}?day=2016-01-01"
    yield reverse("rulesetting:index")
    yield reverse("rulesetting:set", args=["care.notice_days"])
    yield reverse("rulebookedition:index")


def _market(council: Council) -> Iterator[str]:
    framework = Framework.objects.get(authority=council.authority)
    yield reverse("framework:inspect", args=[framework.pk])
    yield reverse("framework_lots", args=[framework.pk])
    yield reverse("framework_transition", args=[framework.pk])
    yield reverse("tender_page", args=[Tender.objects.get().pk])
    yield reverse("tender_letter", args=[Bid.objects.get().pk])


def _low_code() -> Iterator[str]:
    kind, entry = RecordType.objects.get(), Entry.objects.get()
    field = CustomField.objects.get(record_type="market.provider")
    yield reverse("own_fields")
    yield reverse("own_fields_of", args=["market.provider"])
    yield f"{reverse('customfield:add')}?on=market.provider&kind=choice"
    yield reverse("customfield:edit", args=[field.pk])
    yield reverse("recordtype:add")
    yield reverse("recordtype:edit", args=[kind.pk])
    yield reverse("entry:index", args=[kind.slug])
    yield reverse("entry:add", args=[kind.slug])
    yield reverse("entry:edit", args=[entry.pk])
    yield reverse("entry:inspect", args=[entry.pk])
    yield reverse("councilrole:index")
    yield reverse("councilrole:set", args=["finance"])
    yield reverse("councilrole:edit", args=[CouncilRole.objects.get().pk])


def _as_at(council: Council) -> Iterator[str]:
    provider, on = council.providers["P1"], "on=2026-11-22"
    yield f"{reverse('provider:as_at')}?{on}"
    yield f"{reverse('provider:as_at_record', args=[provider.pk])}?{on}"
    yield f"{reverse('ratecard:as_at')}?{on}"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_axe_finds_nothing_serious_on_any_page_of_the_workbench(
    council: Council,
    visitor: Visitor,  # noqa: F811 - the fixture
):
    furnished(council)
    visitor.page.emulate_media(color_scheme="light")
    visitor.page.add_init_script(
        "document.addEventListener('securitypolicyviolation', event => "
        "console.error('CSP ' + event.violatedDirective + ' ' + event.blockedURI));"
    )
    visitor.sign_in(council[Role.ADMINISTRATOR].username)
    found = {}

    for address in addresses(council):
        page = visitor.open(address)
        page.evaluate(OPEN_PANELS)
        said = (page.locator("h1").count(), visitor.serious_axe_findings(), visitor.errors[:])
        visitor.errors.clear()
        if said != (1, [], []):
            found[address] = said

    visitor.page.context.clear_cookies()  # anybody reads the rule book
    page = visitor.open(reverse("rule_book", args=[council.authority.code]))
    assert page.get_by_role("heading", level=1).count() == 1
    assert visitor.serious_axe_findings() == []
    assert found == {}
    assert (visitor.errors, visitor.outside) == ([], [])
