"""A package's page: week, price with its rule, allocation with reasons, decisions, history."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.audit.services import save_record
from cms_models.care.models import (
    AllocationProposal,
    Award,
    CarePackage,
    PackageStatus,
    ProposalState,
)
from cms_models.care.services.awards import Suggestion, propose_allocations
from cms_models.fields.own import services as own
from cms_models.fields.own.models import CustomField
from cms_models.fields.services import set_rule
from cms_models.market.domain import Tier
from tests.council import TODAY, Council
from tests.theme.browsing import visitor  # noqa: F401
from theme.admin.package.week import week_of

FACTORS = ("lead provider of Zone A", "has 60 h a week free", "nearest by 2.1 miles")


def proposed(council: Council, package: CarePackage, *, placed: bool = True) -> AllocationProposal:
    """Return the engine's word on a package: P1 as lead, or nobody with the reason."""
    suggestion = (
        Suggestion(
            package_id=package.pk,
            provider_id=council.providers["P1"].pk,
            lot_id=council.lots["O-A"].pk,
            tier=int(Tier.LEAD),
            factors=FACTORS,
            runner_up="Provider Two, additional",
        )
        if placed
        else Suggestion(
            package_id=package.pk,
            provider_id=None,
            lot_id=None,
            tier=None,
            unplaced_reason="Nobody holds the skill peg",
            relaxation="Provider Two without peg",
        )
    )
    run = propose_allocations(
        actor=council.system,
        on=TODAY,
        seed=1,
        engine="by hand",
        totals={},
        suggestions=[suggestion],
    )
    return run.proposals.get()


def page_of(client, package: CarePackage) -> str:
    """Return the page's text."""
    return client.get(reverse("package_page", args=[package.pk])).content.decode()


def test_price_shows_each_line_with_the_rule_that_made_it(client, council):
    package = council.package(1, pattern="Mon-Sun 08:00-09:00 20m; Mon,Wed 12:00 60m x2")
    client.force_login(council[Role.BROKER])

    body = page_of(client, package)

    # 20 min at £15.80 = £5.27 × 7 = £36.89 (RT-07); 60 min × 2 = £31.60 × 2 = £63.20
    assert "£36.89" in body
    assert "£63.20" in body
    assert "60 min × 2 carers at £15.80/h (2017 card: hourly, any area)" in body
    assert "£100.09" in body  # a week
    assert "£5,204.68" in body  # × 52
    assert "Rounding of a week&#x27;s visits" in body


def test_rt_07_rounding_by_the_week_says_why_lines_do_not_add_up(client, council):
    set_rule(actor=council[Role.COMMISSIONER], key="rates.rounding", value="weekly_minutes")
    package = council.package(1, pattern="Mon-Sun 08:00-09:00 20m")
    client.force_login(council[Role.BROKER])

    body = page_of(client, package)

    assert "£36.87" in body  # 140 min at £15.80 = £36.8667
    assert "so not the sum of the lines" in body


def test_al_06_al_07_flags_stand_with_their_rules(client, council):
    # 7 × 2 × 61 min × 2 carers = 28 h 28
    package = council.package(1, pattern="Mon-Sun 08:00 61m x2; Mon-Sun 12:00 61m x2")
    client.force_login(council[Role.BROKER])

    body = page_of(client, package)

    assert "28 h 28 a week is more than 28 h; two carers are needed together" in body
    assert "Weekly hours that need an individual decision" in body


def test_area_is_explained_by_miles(client, council):
    client.force_login(council[Role.BROKER])

    rural = page_of(client, council.package(1, postcode="HR3 3CC"))
    urban = page_of(client, council.package(2))

    assert "miles from Hereford, outside 4" in rural
    assert "Urban: 0.00 miles from Hereford, within 4" in urban


def test_week_drawing_puts_double_ups_and_windows_where_they_lie(council):
    package = council.package(1, pattern="Mon,Tue 08:00-09:00 30m; Mon 08:30 60m x2")

    week = week_of(package.patterns.all())

    # 07:00 at the top, 0.46 px a minute: 08:00 at 27.6, a 30-minute visit 13.8 high
    monday, double, tuesday = week.blocks
    assert (monday.y, monday.height, monday.window_height) == (27.6, 13.8, 41.4)
    assert (double.y, double.double, double.title) == (41.4, True, "Mon 08:30, 60 min ×2")
    assert monday.x != double.x  # side by side: their times overlap
    assert tuesday.width != monday.width


def test_unplaced_package_says_why_and_what_would_help(client, council):
    package = council.package(1)
    proposed(council, package, placed=False)
    client.force_login(council[Role.BROKER])

    body = page_of(client, package)

    assert "Nobody holds the skill peg" in body
    assert "Provider Two without peg" in body
    assert reverse("package_award", args=[package.pk]) not in body


def test_broker_awards_the_proposal_with_a_reason(client, council):
    package = council.package(1)
    proposal = proposed(council, package)
    client.force_login(council[Role.BROKER])
    body = page_of(client, package)
    assert all(factor in body for factor in FACTORS)

    client.post(
        reverse("package_award", args=[package.pk]),
        {"proposal": proposal.pk, "reason": "Nearest and lead"},
    )

    award = Award.objects.get(package=package)
    assert (award.provider.ref, award.decided_by) == ("P1", council[Role.BROKER])
    told = page_of(client, package)
    assert "Nearest and lead" in told
    assert "Delivers since 23/11/2026" in told


@pytest.mark.parametrize("act", ["award", "decline", "choose"])
def test_no_decision_without_a_reason(client, council, act):
    package = council.package(1)
    proposal = proposed(council, package)
    client.force_login(council[Role.BROKER])

    answer = client.post(
        reverse(f"package_{act}", args=[package.pk]),
        {"proposal": proposal.pk, "provider": council.providers["P2"].pk, "reason": " "},
    )

    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()
    assert not Award.objects.exists()
    proposal.refresh_from_db()
    assert proposal.state == ProposalState.PROPOSED


def test_overtaken_proposal_is_refused_in_words(client, council):
    package = council.package(1)
    old = proposed(council, package)
    proposed(council, package)
    client.force_login(council[Role.BROKER])

    answer = client.post(
        reverse("package_award", args=[package.pk]), {"proposal": old.pk, "reason": "Late"}
    )

    assert answer.status_code == 422
    assert "is not proposed any more" in answer.content.decode()
    assert not Award.objects.exists()


def test_br_10_second_broker_is_told_that_the_package_has_a_provider(client, council):
    package = council.package(1)
    client.force_login(council[Role.BROKER])
    choice = {"provider": council.providers["P1"].pk, "reason": "First"}
    client.post(reverse("package_choose", args=[package.pk]), choice)

    answer = client.post(reverse("package_choose", args=[package.pk]), {**choice, "reason": "Two"})

    assert answer.status_code == 422
    assert "already has a provider" in answer.content.decode()
    assert Award.objects.get().reason == "First"


def test_declined_proposal_leaves_the_package_open_and_is_told(client, council):
    package = council.package(1)
    proposal = proposed(council, package)
    client.force_login(council[Role.BROKER])

    client.post(
        reverse("package_decline", args=[package.pk]),
        {"proposal": proposal.pk, "reason": "Family asked for another"},
    )

    package.refresh_from_db()
    assert package.status == PackageStatus.REFERRED
    body = page_of(client, package)
    assert "Proposal declined" in body
    assert "Family asked for another" in body


@pytest.mark.parametrize(
    ("died_on", "last_day"), [("", date(2027, 1, 8)), ("2026-12-15", date(2026, 12, 15))]
)
def test_al_10_al_11_last_paid_day_is_shown_before_and_kept_after(
    client, council, died_on, last_day
):
    # notice 11/12/2026 + 28 days = 08/01/2027
    package = council.package(1, status="active", organisation_ref="P1")
    client.force_login(council[Role.BROKER])
    sent = {"notice_on": "2026-12-11", "died_on": died_on}
    address = reverse("package_end", args=[package.pk])

    shown = client.post(address, {**sent, "preview": "1"}).content.decode()
    package.refresh_from_db()
    assert package.ends_on is None
    client.post(address, {**sent, "reason": "Moved away"})

    package.refresh_from_db()
    assert f"{last_day:%d/%m/%Y}" in shown
    assert (package.ends_on - last_day).days == 1
    assert f"{last_day:%d/%m/%Y} (last paid day)" in page_of(client, package)


def test_history_says_who_when_why_and_what_became_of_it(client, council):
    package = council.package(1)
    client.force_login(council[Role.BROKER])
    choice = {"provider": council.providers["P2"].pk, "reason": "Knows the family"}
    client.post(reverse("package_choose", args=[package.pk]), choice)

    body = page_of(client, package)

    entry = AuditEntry.objects.get(action="award")
    assert f"audit entry {entry.sequence}" in body
    assert "Knows the family" in body
    assert "<del>Needs a provider</del>" in body
    assert "Provider Two" in body


def test_person_is_hidden_from_roles_that_do_not_see_people(client, council):
    package = council.package(1)
    client.force_login(council[Role.COMMISSIONER])

    body = page_of(client, package)

    assert "HC-000001" in body
    assert "Canary" not in body
    assert "9000001" not in body


def test_commissioner_looks_but_decides_nothing(client, council):
    package = council.package(1)
    proposal = proposed(council, package)
    client.force_login(council[Role.COMMISSIONER])

    body = page_of(client, package)
    for act in ("award", "choose", "decline", "end"):
        assert reverse(f"package_{act}", args=[package.pk]) not in body
        client.post(
            reverse(f"package_{act}", args=[package.pk]),
            {
                "proposal": proposal.pk,
                "provider": council.providers["P1"].pk,
                "notice_on": "2026-12-11",
                "reason": "No",
            },
        )

    proposal.refresh_from_db()
    package.refresh_from_db()
    assert not Award.objects.exists()
    assert (proposal.state, package.ends_on) == (ProposalState.PROPOSED, None)


def test_another_councils_package_is_not_found_by_any_address(client, council, other_council):
    package = council.package(1)
    proposal = proposed(council, package)
    client.force_login(other_council[Role.BROKER])

    assert client.get(reverse("package_page", args=[package.pk])).status_code == 404
    for act in ("award", "choose", "decline", "end"):
        sent = {"proposal": proposal.pk, "notice_on": "2026-12-11", "reason": "No"}
        answer = client.post(reverse(f"package_{act}", args=[package.pk]), sent)
        assert answer.status_code == 404
    assert not Award.objects.exists()


def test_another_councils_proposal_and_provider_cannot_be_named(client, council, other_council):
    package, theirs = council.package(1), other_council.package(1)
    foreign = proposed(other_council, theirs)
    client.force_login(council[Role.BROKER])

    award = client.post(
        reverse("package_award", args=[package.pk]), {"proposal": foreign.pk, "reason": "No"}
    )
    choose = client.post(
        reverse("package_choose", args=[package.pk]),
        {"provider": other_council.providers["P1"].pk, "reason": "No"},
    )

    assert (award.status_code, choose.status_code) == (422, 422)
    assert not Award.objects.exists()


@pytest.mark.parametrize("role", [Role.PROVIDER, Role.CARER])
def test_providers_and_carers_do_not_get_in(client, council, role):
    package = council.package(1, status="active", organisation_ref="P1")
    client.force_login(council[role])

    assert client.get(reverse("package_page", args=[package.pk])).status_code == 302


def test_queries_are_as_many_for_one_decision_as_for_fifty(client, council):
    package = council.package(1)
    proposed(council, package)
    client.force_login(council[Role.BROKER])
    page_of(client, package)
    with CaptureQueriesContext(connection) as few:
        page_of(client, package)
    for _ in range(49):
        proposed(council, package)

    with CaptureQueriesContext(connection) as many:
        page_of(client, package)

    assert len(few) == len(many)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_broker_awards_in_a_browser_without_errors_or_calls_out(visitor, council):  # noqa: F811
    package = council.package(1)
    proposed(council, package)
    visitor.sign_in("broker")
    page = visitor.open(reverse("package_page", args=[package.pk]))
    assert visitor.serious_axe_findings() == []

    page.locator("summary", has_text="Award…").click()
    page.fill("#award-reason", "Nearest")
    assert visitor.serious_axe_findings() == []
    page.get_by_role("button", name="Award to the proposed provider").click()
    page.wait_for_load_state("networkidle")

    assert "Delivers since 23/11/2026" in page.inner_text("body")
    assert (visitor.errors, visitor.outside) == ([], [])


def test_own_fields_show_to_the_roles_that_see_them_and_their_history_too(client, council):
    package = council.package(1)
    for label, see in (("Keysafe", []), ("Canary risk", [Role.COMMISSIONER.value])):
        field = CustomField(
            authority=council.authority,
            record_type="care.carepackage",
            label=label,
            kind="text",
            see=see,
        )
        own.save_field(actor=council[Role.ADMINISTRATOR], field=field, expected_version=None)
    for keysafe, risk in (("by the gate", "Canary low"), ("by the shed", "Canary high")):
        package.refresh_from_db()
        package.custom = {"keysafe": keysafe, "canary_risk": risk}
        save_record(actor=council.system, record_=package, expected_version=package.version)

    client.force_login(council[Role.COMMISSIONER])
    seen = page_of(client, package)
    client.force_login(council[Role.BROKER])
    hidden = page_of(client, package)

    for shown in ("Canary risk", "<dd>Canary high</dd>", "<del>Canary low</del>"):
        assert shown in seen
    for page in (seen, hidden):
        assert "<dd>by the shed</dd>" in page
        assert "<dt>Keysafe</dt><dd><del>by the gate</del>" in page
    assert "anary" not in hidden.replace("Canaryfirst", "").replace("Canarylast", "").replace(
        "Canary Street", ""
    )
    edit = reverse("carepackage:edit", args=[package.pk])
    assert edit in hidden
    client.force_login(council[Role.AUDITOR])
    assert edit not in page_of(client, package)
