"""Saving through the admin: the audit, stale edits, locks, and refusals in words."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from cms_models.accounts.models import ApiKey, User
from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import chain_faults
from cms_models.care.models import CarePackage
from cms_models.fields.models import RuleSetting
from cms_models.market.models import Lot, LotAward, Provider, Skill
from cms_models.market.services import copy_framework
from cms_models.rates.domain import Line
from cms_models.rates.models import Budget, RateCard, RateLine
from cms_models.rates.services import draft_card
from cms_models.rounds.models import Carer, Shift
from tests.council import PASSWORD, TODAY, add_carers
from theme.admin.forms import PoundsField


def client_of(council, role: Role) -> Client:
    client = Client()
    client.force_login(council[role])
    return client


def said(response) -> str:
    """Return the messages a redirect leads to."""
    return " ".join(str(message) for message in response.context["messages"])


def test_an_edit_is_saved_with_its_audit_entry(council):
    skill = Skill.objects.get(authority=council.authority, code="peg")
    url = reverse("skill:edit", args=[skill.pk])

    client_of(council, Role.COMMISSIONER).post(
        url, {"code": "peg", "name": "PEG feeding", "version": skill.version}
    )

    skill.refresh_from_db()
    entry = AuditEntry.objects.first()
    assert (skill.name, skill.version) == ("PEG feeding", 2)
    assert (entry.actor, entry.action) == (council[Role.COMMISSIONER], "edit")
    assert (entry.before, entry.after) == ({"name": "Peg"}, {"name": "PEG feeding"})
    assert list(chain_faults(council.authority)) == []


def test_a_stale_edit_shows_both_versions_and_overwrites_nothing(council):
    skill = Skill.objects.get(authority=council.authority, code="peg")
    url = reverse("skill:edit", args=[skill.pk])
    client = client_of(council, Role.COMMISSIONER)
    client.post(url, {"code": "peg", "name": "Theirs", "version": 1})
    entries = AuditEntry.objects.count()

    response = client.post(url, {"code": "peg", "name": "Mine", "version": 1})

    skill.refresh_from_db()
    page = response.content.decode()
    assert response.status_code == 409
    assert "Theirs" in page
    assert "Mine" in page
    assert (skill.name, skill.version) == ("Theirs", 2)
    assert AuditEntry.objects.count() == entries


def test_a_form_without_its_version_never_overwrites(council):
    skill = Skill.objects.get(authority=council.authority, code="peg")

    response = client_of(council, Role.COMMISSIONER).post(
        reverse("skill:edit", args=[skill.pk]), {"code": "peg", "name": "Blind"}
    )

    skill.refresh_from_db()
    assert response.status_code == 409
    assert skill.name == "Peg"


def test_a_new_record_belongs_to_the_users_council_whatever_is_posted(council, other_council):
    client_of(council, Role.COMMISSIONER).post(
        reverse("skill:add"),
        {"code": "hoist", "name": "Hoist", "authority": other_council.authority.pk},
    )

    assert Skill.objects.get(code="hoist").authority == council.authority


def test_a_link_to_another_councils_record_is_refused(council, other_council):
    theirs = other_council.providers["P1"]

    response = client_of(council, Role.COMMISSIONER).post(
        reverse("lotaward:add"),
        {
            "lot": council.lots["O-B"].pk,
            "provider": theirs.pk,
            "tier": 2,
            "rank": 1,
            "starts_on": "01/12/2026",
        },
    )

    assert response.status_code == 200
    assert not LotAward.objects.filter(provider=theirs, authority=council.authority).exists()


def test_a_second_record_of_a_name_is_refused_in_words(council):
    response = client_of(council, Role.COMMISSIONER).post(
        reverse("skill:add"), {"code": "peg", "name": "Again"}
    )

    assert response.status_code == 200
    assert "already exists" in response.content.decode()
    assert Skill.objects.filter(code="peg").count() == 1


def test_a_period_that_runs_backwards_is_refused_in_words(council):
    response = client_of(council, Role.COMMISSIONER).post(
        reverse("ratecard:add"),
        {"name": "Backwards", "valid_from": "01/04/2030", "valid_to": "01/04/2029"},
    )

    assert "The last day must come after the first." in response.content.decode()
    assert not RateCard.objects.filter(name="Backwards").exists()


def test_pounds_are_typed_and_pence_are_kept(council):
    card = draft_card(
        actor=council.system, name="Draft", valid_from=TODAY, lines=[Line(None, None, "hourly", 1)]
    )

    client_of(council, Role.COMMISSIONER).post(
        reverse("rateline:add"),
        {"card": card.pk, "visit_kind": "hourly", "area": "urban", "pence_per_hour": "16.90"},
    )

    assert RateLine.objects.get(card=card, area="urban").pence_per_hour == 1690


def test_a_published_card_and_its_lines_stay_as_they_are(council):
    card = RateCard.objects.get(authority=council.authority, name="2017 card")
    line = card.lines.get(visit_kind="hourly")
    client = client_of(council, Role.COMMISSIONER)

    for url, data in (
        (
            reverse("ratecard:edit", args=[card.pk]),
            {"name": "Taken", "valid_from": "01/01/2020", "version": card.version},
        ),
        (reverse("ratecard:delete", args=[card.pk]), {}),
        (
            reverse("rateline:edit", args=[line.pk]),
            {"card": card.pk, "pence_per_hour": "1", "version": 1},
        ),
        (reverse("rateline:delete", args=[line.pk]), {}),
    ):
        response = client.post(url, data, follow=True)
        assert "stays as it is" in said(response)
    added = client.post(
        reverse("rateline:add"),
        {"card": card.pk, "visit_kind": "hourly", "area": "rural", "pence_per_hour": "1"},
    )

    assert added.status_code == 200
    card.refresh_from_db()
    line.refresh_from_db()
    assert card.name == "2017 card"
    assert line.pence_per_hour == 1580
    assert card.lines.count() == 3


def test_submitting_a_card_is_a_persons_act_and_refusals_are_said(council):
    card = draft_card(actor=council.system, name="Empty", valid_from=TODAY, lines=[])
    act = reverse("ratecard:act", args=[card.pk, "submit"])

    refused = client_of(council, Role.COMMISSIONER).post(
        act, {"text": "", "seen": card.version}, follow=True
    )
    denied = client_of(council, Role.FINANCE).post(act)

    card.refresh_from_db()
    assert "has no hourly line" in said(refused)
    assert denied.status_code == 302
    assert card.state == "draft"


def test_a_lot_that_another_lot_covers_is_refused(council):
    draft = copy_framework(
        actor=council[Role.COMMISSIONER],
        framework=council.lots["O-B"].framework,
        name="Draft",
        starts_on=date(2027, 4, 1),
    )
    lot = draft.lots.get(code="O-B")

    response = client_of(council, Role.COMMISSIONER).post(
        reverse("lot:edit", args=[lot.pk]),
        {
            "framework": lot.framework_id,
            "code": "O-B",
            "name": "Zone B",
            "pathways": ["O"],
            "zones": ["A", "B"],
            "version": lot.version,
        },
    )

    assert "pathway O in zone A is already in O-A Zone A" in response.content.decode()
    assert Lot.objects.get(pk=lot.pk).zones == ["B"]


def test_pr_07_a_lot_without_a_lead_says_where_its_offers_begin(council):
    LotAward.objects.filter(lot=council.lots["O-A"], tier=1).delete()

    page = client_of(council, Role.COMMISSIONER).get(reverse("lot:index")).content.decode()

    assert "no lead: starts at additional" in page


def test_capacity_is_typed_in_hours_and_kept_in_minutes(council):
    award = LotAward.objects.get(lot=council.lots["O-B"])

    client_of(council, Role.COMMISSIONER).post(
        reverse("lotaward:edit", args=[award.pk]),
        {
            "lot": award.lot_id,
            "provider": award.provider_id,
            "tier": 1,
            "rank": 1,
            "capacity_minutes_per_week": "12.5",
            "starts_on": "01/07/2017",
            "version": award.version,
        },
    )

    award.refresh_from_db()
    assert award.capacity_minutes_per_week == 750  # 12.5 × 60


def test_a_shift_is_typed_in_clock_times(council):
    add_carers(council, 1)
    carer = Carer.objects.get(authority=council.authority)
    client = client_of(council, Role.COORDINATOR)
    shift = {"carer": carer.pk, "weekday": 0, "valid_from": "01/01/2026"}

    client.post(reverse("shift:add"), {**shift, "starts_minutes": "16:30", "ends_minutes": "24:00"})
    refused = client.post(
        reverse("shift:add"), {**shift, "starts_minutes": "9h", "ends_minutes": "10:00"}
    )

    assert Shift.objects.filter(starts_minutes=990, ends_minutes=1440).count() == 1
    assert "is not a time of day like 08:30" in refused.content.decode()


def test_a_carers_home_must_be_a_postcode_the_council_knows(council):
    response = client_of(council, Role.COORDINATOR).post(
        reverse("carer:add"),
        {
            "ref": "C9",
            "first_name": "A",
            "last_name": "B",
            "home_postcode": "ZZ9 9ZZ",
            "travel_mode": "car",
        },
    )

    assert "is not among the council" in response.content.decode()
    assert not Carer.objects.exists()


def test_editing_a_package_resolves_and_prices_it_again(council):
    package = council.package(1)
    url = reverse("carepackage:edit", args=[package.pk])
    client = client_of(council, Role.BROKER)
    form = client.get(url).context["form"]
    data = {name: form.initial.get(name) or "" for name in form.fields}
    data |= {
        "postcode": "hr33cc",
        "pattern": "Mon-Fri 08:00-09:00 60m",
        "starts_on": "23/11/2026",
        "skills": ["medication"],
        "contribution_most_pence": "43.21",
    }

    client.post(url, data)

    package.refresh_from_db()
    assert package.contribution_most_pence == 4321
    assert package.postcode == "HR3 3CC"
    assert package.zone.code == "B"
    assert package.lot.code == "O-B"
    assert package.weekly_minutes == 300  # 5 × 60
    assert package.weekly_pence == 7900  # 5 h × £15.80
    assert package.skills == ["medication"]
    assert client.post(url, data).status_code == 409


def test_a_pattern_that_cannot_be_read_is_refused_by_its_clause(council):
    package = council.package(1)
    url = reverse("carepackage:edit", args=[package.pk])
    client = client_of(council, Role.BROKER)
    form = client.get(url).context["form"]
    data = {name: form.initial.get(name) or "" for name in form.fields}

    response = client.post(url, {**data, "pattern": "Mon-Sun early 30m"})

    assert "is not a visit" in response.content.decode()
    assert CarePackage.objects.get(pk=package.pk).version == package.version


def test_deleting_what_is_still_needed_names_what_needs_it(council):
    provider = Provider.objects.get(authority=council.authority, ref="P2")

    response = client_of(council, Role.CONTRACT_MANAGER).post(
        reverse("provider:delete", args=[provider.pk]), follow=True
    )

    assert "still needed by" in said(response)
    assert Provider.objects.filter(pk=provider.pk).exists()


def test_a_rule_is_set_within_its_bounds_by_its_own_form(council):
    client = client_of(council, Role.COMMISSIONER)
    url = reverse("rulesetting:set", args=["care.notice_days"])

    refused = client.post(url, {"value": 366, "valid_from": "01/04/2030"})
    client.post(url, {"value": 14, "valid_from": "01/04/2030"})

    assert refused.status_code == 200
    row = RuleSetting.objects.get(key="care.notice_days")
    assert (row.value, row.state) == (14, "draft")
    assert AuditEntry.objects.first().actor == council[Role.COMMISSIONER]


def test_yes_or_no_rules_are_kept_as_booleans(council):
    url = reverse("rulesetting:set", args=["care.two_carers_need_decision"])

    client_of(council, Role.COMMISSIONER).post(url, {"value": "no", "valid_from": "01/04/2030"})

    assert RuleSetting.objects.get(key="care.two_carers_need_decision").value is False


def test_every_rule_is_listed_with_its_sentence_and_where_it_acts(council):
    page = client_of(council, Role.AUDITOR).get(reverse("rulesetting:index")).content.decode()

    assert "exactly on it counts as urban" in page
    assert "The last paid day when a package is ended" in page


def test_a_budget_keeps_pence_and_its_pathways(council):
    client_of(council, Role.COMMISSIONER).post(
        reverse("budget:add"),
        {
            "name": "HLH",
            "starts_on": "01/04/2026",
            "ends_on": "01/04/2027",
            "pathways": ["O", "D"],
            "amount_pence": "9094000",
        },
    )

    budget = Budget.objects.get()
    assert (budget.amount_pence, budget.pathways) == (909_400_000, ["O", "D"])


def test_a_password_is_set_and_never_written_into_the_audit(council):
    client = client_of(council, Role.ADMINISTRATOR)

    client.post(
        reverse("user:add"),
        {
            "username": "newcomer",
            "first_name": "New",
            "last_name": "Comer",
            "role": "broker",
            "is_active": "on",
            "password": PASSWORD,
        },
    )

    user = User.objects.get(username="newcomer")
    assert user.check_password(PASSWORD)
    assert user.authority == council.authority
    written = str(list(AuditEntry.objects.values_list("before", "after")))
    assert user.password not in written
    assert PASSWORD not in written
    assert AuditEntry.objects.filter(action="set_password").count() == 1


def test_nobody_becomes_the_machine_or_raises_their_own_role(council):
    client = client_of(council, Role.ADMINISTRATOR)
    me = council[Role.ADMINISTRATOR]
    mine = {"username": me.username, "is_active": "on", "version": me.version}

    for role in ("system", "broker"):
        client.post(reverse("user:edit", args=[me.pk]), {**mine, "role": role})

    me.refresh_from_db()
    assert me.role == Role.ADMINISTRATOR


def test_a_key_is_shown_once_and_kept_as_a_digest(council):
    client = client_of(council, Role.ADMINISTRATOR)
    user = council.provider_users["P1"]

    page = client.post(
        reverse("apikey:do", args=["issue"]), {"user": user.pk, "name": "Rota", "days": 30}
    ).content.decode()

    key = ApiKey.objects.get()
    assert f"hw_{key.prefix}_" in page
    again = client.get(reverse("apikey:inspect", args=[key.pk])).content.decode()
    secret = page.split(f"hw_{key.prefix}_")[1].split("<")[0]
    assert secret not in again
    assert secret not in str(list(AuditEntry.objects.values()))


def test_a_key_cannot_act_as_another_councils_user(council, other_council):
    client_of(council, Role.ADMINISTRATOR).post(
        reverse("apikey:do", args=["issue"]),
        {"user": other_council.provider_users["P1"].pk, "name": "Theft", "days": 30},
    )

    assert not ApiKey.objects.exists()


def test_a_revoked_key_says_so_and_is_not_revoked_twice(council):
    client = client_of(council, Role.ADMINISTRATOR)
    user = council.provider_users["P1"]
    client.post(reverse("apikey:do", args=["issue"]), {"user": user.pk, "name": "K", "days": 30})
    act = reverse("apikey:act", args=[ApiKey.objects.get().pk, "revoke"])

    client.post(act, {"reason": "Lost"})
    again = client.post(act, {"reason": "Lost again"}, follow=True)

    assert ApiKey.objects.get().revoked_at is not None
    assert "revoked" in said(again)
    assert AuditEntry.objects.filter(action="revoke_key").count() == 1


@pytest.mark.parametrize(
    ("pence", "shown"), [(1, "0.01"), (1580, "15.80"), (909_400_000, "9094000.00")]
)
def test_pence_come_back_as_the_pounds_that_were_typed(pence, shown):
    field = PoundsField()

    assert f"{field.prepare_value(pence):.2f}" == shown
    assert field.clean(shown) == pence
    assert Decimal(shown) * 100 == pence
