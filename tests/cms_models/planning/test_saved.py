"""Scenarios and saved reports: kept with their audit, by those who may, in their own council."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.audit.services import StaleEdit
from cms_models.planning.models import SavedReport, Scenario
from cms_models.planning.options import option_in_force, with_drafts
from cms_models.planning.selectors import option_of, sheet_of
from cms_models.planning.services import (
    delete_report,
    delete_scenario,
    keep_report,
    save_report,
    save_scenario,
)
from cms_models.planning.sheet import TOTAL
from cms_models.rates.domain import Line
from cms_models.rates.models import RateCard
from cms_models.rates.services import draft_card
from importers.sample.published import PRINTED_TABLES
from tests.council import TODAY

TABLE_12_1, TABLE_12_2 = PRINTED_TABLES["herefordshire"]


def tried(council):
    """Return an option with a draft card, a rule and a change in hours."""
    card = draft_card(
        actor=council.system,
        name="Draft",
        valid_from=date(2030, 4, 1),
        lines=[Line(None, None, "hourly", 1610), Line(None, None, "sleep_in", 1280)],
    )
    return with_drafts(
        option_in_force(council[Role.COMMISSIONER], TODAY),
        card=card,
        rules={"rates.planning_weeks": 53},
        hours_percent={"O": Decimal("-2.5")},
    )


def test_a_scenario_keeps_only_what_is_tried_and_comes_back_as_it_was(county):
    user, option = county[Role.COMMISSIONER], tried(county)

    kept = save_scenario(actor=user, option=option, name=" Dearer ", note="For the board")

    kept.refresh_from_db()
    assert (kept.name, kept.owner, kept.zone_map) == ("Dearer", user, None)
    assert (kept.rules, kept.hours_percent) == ({"rates.planning_weeks": 53}, {"O": "-2.5"})
    again = option_of(kept, user=user)
    assert again.tried == option.tried
    assert sheet_of(again, user=user).tables == sheet_of(option, user=user).tables
    entry = AuditEntry.objects.get(subject_type="planning.scenario")
    assert (entry.action, entry.actor) == ("create", user)


def test_a_scenario_follows_its_draft_and_outlives_it(county):
    user, option = county[Role.COMMISSIONER], tried(county)
    kept = save_scenario(actor=user, option=option, name="Dearer")
    before = sheet_of(option_of(kept, user=user), user=user).total.weekly_pence

    option.card.lines.filter(visit_kind="hourly").update(pence_per_hour=1700)
    after = sheet_of(option_of(kept, user=user), user=user).total.weekly_pence
    RateCard.objects.filter(pk=option.card.pk).delete()
    kept.refresh_from_db()

    assert after > before
    assert option_of(kept, user=user).tried == (
        "Weeks in a planning year: 52 weeks → 53 weeks",
        "Hours of pathway O: -2.5 %",
    )


def test_a_stale_edit_of_a_scenario_is_refused(county):
    user, option = county[Role.COMMISSIONER], tried(county)
    kept = save_scenario(actor=user, option=option, name="Dearer")
    other = Scenario.objects.get(pk=kept.pk)
    change = {"actor": user, "option": option, "name": "Dearer", "expected_version": 1}
    save_scenario(scenario=kept, note="Mine", **change)

    with pytest.raises(StaleEdit):
        save_scenario(scenario=other, note="Theirs", **change)

    assert Scenario.objects.get().note == "Mine"


@pytest.mark.parametrize("role", [Role.BROKER, Role.FINANCE, Role.AUDITOR, Role.PROVIDER])
def test_roles_that_only_look_keep_and_delete_nothing(county, role):
    option, commissioner = tried(county), county[Role.COMMISSIONER]
    scenario = save_scenario(actor=commissioner, option=option, name="Kept")
    report = save_report(actor=commissioner, **TABLE_12_2)

    for act in (
        lambda: save_scenario(actor=county[role], option=option, name="Mine"),
        lambda: delete_scenario(actor=county[role], scenario=scenario),
        lambda: save_report(actor=county[role], **TABLE_12_1),
        lambda: delete_report(actor=county[role], report=report),
    ):
        with pytest.raises(PermissionDenied):
            act()

    assert [one.name for one in Scenario.objects.all()] == ["Kept"]
    assert SavedReport.objects.count() == 1


def test_another_council_sees_neither(county, other_council):
    save_scenario(actor=county[Role.COMMISSIONER], option=tried(county), name="Ours")
    save_report(actor=county[Role.COMMISSIONER], **TABLE_12_2)
    theirs = other_council[Role.COMMISSIONER]

    assert not Scenario.objects.visible_to(theirs).exists()
    assert not SavedReport.objects.visible_to(theirs).exists()
    assert Scenario.objects.visible_to(county[Role.FINANCE]).count() == 1
    assert not Scenario.objects.visible_to(county.provider_users["P1"]).exists()


def test_two_scenarios_of_one_name_are_refused(county):
    user, option = county[Role.COMMISSIONER], tried(county)
    save_scenario(actor=user, option=option, name="Dearer")

    with pytest.raises(ValidationError, match="A scenario called Dearer already exists"):
        save_scenario(actor=user, option=option, name="Dearer")

    assert Scenario.objects.count() == 1


def test_a_report_is_kept_once_and_beside_today(county):
    user = county[Role.COMMISSIONER]
    keep_report(actor=user, **TABLE_12_2)
    keep_report(actor=user, **TABLE_12_2)

    report = SavedReport.objects.get()
    sheet = sheet_of(option_in_force(user, TODAY), user=user, pathways=report.pathways)

    assert report.version == 1
    # The small council has zones A and B of the five; the total is of pathway O.
    today = sheet.row(report.table, report.rows[0]["key"])
    assert (today.packages, today.weekly_minutes) == (3, 1350)
    assert sheet.row(report.table, TOTAL).weekly_pence == 46_610


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rows": [{"name": "A"}]}, "A, weekly hours: a number is needed"),
        ({"mix": [[70, 1280]]}, "The shares add up to 0.7, not 1"),
        ({"mix": 1580}, "needs the rate an hour"),
        ({"mix": [1580]}, "A rate is a share in percent and pence an hour"),
        ({"table": "moon"}, "No table is called moon"),
        ({"pathways": ["X"]}, "No pathway is called X"),
        ({"weeks": 54}, "less than or equal to 53"),
    ],
)
def test_a_report_that_cannot_be_read_is_refused_and_nothing_kept(county, changes, sentence):
    with pytest.raises(ValidationError, match=sentence):
        save_report(actor=county[Role.COMMISSIONER], **{**TABLE_12_2, **changes})

    assert not SavedReport.objects.exists()


def test_what_is_deleted_stays_in_the_audit(county):
    user = county[Role.COMMISSIONER]
    scenario = save_scenario(actor=user, option=tried(county), name="Gone")
    report = save_report(actor=user, **TABLE_12_1)

    delete_scenario(actor=user, scenario=scenario)
    delete_report(actor=user, report=report)

    gone = AuditEntry.objects.filter(action="delete").values_list("subject_type", flat=True)
    assert sorted(gone) == ["planning.savedreport", "planning.scenario"]
