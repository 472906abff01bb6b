"""The pages of a review: the queue, one version, the calendar; two people and two councils."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts.roles import STAFF_ROLES, Role
from cms_models.audit.models import AuditEntry
from cms_models.fields.models import RuleSetting
from cms_models.fields.selectors import rule_value
from cms_models.publication import services
from cms_models.publication.models import ReviewNote
from cms_models.rates.domain import Line
from cms_models.rates.models import RateCard, RateLine
from cms_models.rates.services import draft_card
from tests.theme.browsing import visitor  # noqa: F401


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def a_card(council, *, pence: int = 1610, begins: date | None = None) -> RateCard:
    return draft_card(
        actor=council[Role.COMMISSIONER],
        name="2027 card",
        valid_from=begins or in_days(30),
        lines=[Line(None, None, "hourly", pence)],
    )


def client_of(council, role: Role) -> Client:
    client = Client()
    client.force_login(council[role])
    return client


def said(response) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def step(card: RateCard, name: str) -> str:
    return reverse("review_step", args=["ratecard", card.pk, name])


def page(card: RateCard) -> str:
    return reverse("review_page", args=["ratecard", card.pk])


def test_a_review_by_two_people_from_draft_to_scheduled(council):
    card = a_card(council)
    commissioner = client_of(council, Role.COMMISSIONER)
    administrator = client_of(council, Role.ADMINISTRATOR)

    asked = commissioner.post(
        step(card, "submit"), {"text": "For April", "seen": card.version}, follow=True
    )
    own = commissioner.post(step(card, "approve"), {"seen": ""}, follow=True)
    seen = RateCard.objects.get(pk=card.pk).version
    given = administrator.post(step(card, "approve"), {"seen": seen}, follow=True)

    assert "2027 card waits for somebody else to approve it." in said(asked)
    assert "somebody else has to approve it" in said(own)
    assert f"comes into force on {in_days(30):%d/%m/%Y}" in said(given)
    card.refresh_from_db()
    assert (card.state, card.submitted_by, card.approved_by) == (
        "published",
        council[Role.COMMISSIONER],
        council[Role.ADMINISTRATOR],
    )


def test_an_approval_of_what_was_not_looked_at_is_refused_in_words(council):
    card = a_card(council)
    services.submit(actor=council[Role.COMMISSIONER], version=card)

    told = client_of(council, Role.ADMINISTRATOR).post(
        step(card, "approve"), {"seen": card.version - 1}, follow=True
    )

    assert "changed by somebody else" in said(told)
    assert RateCard.objects.get(pk=card.pk).state == "submitted"


@pytest.mark.parametrize("role", sorted(STAFF_ROLES - {Role.COMMISSIONER, Role.ADMINISTRATOR}))
def test_other_roles_read_the_review_and_take_no_step(council, role):
    card = a_card(council)
    client = client_of(council, role)
    entries = AuditEntry.objects.count()

    shown = client.get(page(card))
    answers = {
        name: client.post(step(card, name), {"text": "Mine", "seen": 1}).status_code
        for name in ("submit", "approve", "send-back", "take-back")
    }

    assert shown.status_code == 200
    assert shown.context["buttons"] == []
    assert set(answers.values()) == {302}  # the admin leads home, and says that it may not be
    assert AuditEntry.objects.count() == entries
    assert RateCard.objects.get(pk=card.pk).state == "draft"


def test_another_council_finds_no_review_and_writes_nothing(council, other_council):
    card = a_card(council)
    client = client_of(other_council, Role.ADMINISTRATOR)
    notes = ReviewNote.objects.count()

    assert client.get(page(card)).status_code == 404
    for name in ("submit", "approve", "send-back", "take-back"):
        assert client.post(step(card, name), {"text": "Mine"}).status_code == 404
    comment = reverse("review_comment", args=["ratecard", card.pk])
    assert client.post(comment, {"text": "Mine"}).status_code == 404
    assert client.get(reverse("review_page", args=["nothing", 1])).status_code == 404
    assert client.post(step(card, "publish")).status_code == 404

    assert ReviewNote.objects.count() == notes
    assert RateCard.objects.get(pk=card.pk).state == "draft"


def test_what_is_submitted_is_locked_with_its_lines(council):
    card = a_card(council)
    line = card.lines.get()
    services.submit(actor=council[Role.COMMISSIONER], version=card)
    client = client_of(council, Role.COMMISSIONER)

    for model, row in (("ratecard", card), ("rateline", line)):
        told = client.post(
            reverse(f"{model}:delete", args=[row.pk]), {"version": row.version}, follow=True
        )
        assert "waits for approval" in said(told)
        shown = client.get(reverse(f"{model}:edit", args=[row.pk]), follow=True)
        assert "waits for approval" in shown.content.decode()

    assert RateLine.objects.filter(pk=line.pk).exists()
    assert RateCard.objects.get(pk=card.pk).state == "submitted"


def test_what_moves_is_counted_before_anybody_approves(council):
    council.package(1)
    council.package(2, postcode="HR3 3CC")
    card = a_card(council)

    effect = client_of(council, Role.ADMINISTRATOR).get(page(card)).context["effect"]

    # Two weeks of 3.5 h: 2 × 3.5 × £15.80 = £110.60 becomes 2 × 3.5 × £16.10 = £112.70.
    assert (effect.packages, effect.prices.packages, effect.prices.minutes) == (2, 2, 420)
    assert (effect.zones.packages, effect.lots.packages) == (0, 0)
    assert (effect.before_pence, effect.after_pence, effect.more) == (11060, 11270, "+£2.10")
    assert effect.cost_words == "£110.60 → £112.70, +1.90 %"
    assert [(row.name, row.pence) for row in effect.rows] == [
        ("Zone A", (5530, 5635)),
        ("Zone B", (5530, 5635)),
    ]


def test_an_approved_version_shows_against_what_it_replaces(council):
    council.package(1)
    card = a_card(council)
    services.submit(actor=council[Role.COMMISSIONER], version=card)
    services.approve(actor=council[Role.ADMINISTRATOR], version=card)

    effect = client_of(council, Role.COMMISSIONER).get(page(card)).context["effect"]

    assert (effect.before_pence, effect.after_pence) == (5530, 5635)


def test_the_calendar_lists_what_begins_by_day(council):
    card = a_card(council)
    services.submit(actor=council[Role.COMMISSIONER], version=card)
    client = client_of(council, Role.FINANCE)
    assert client.get(reverse("review_calendar")).context["days"] == []

    services.approve(actor=council[Role.ADMINISTRATOR], version=card)
    days = client.get(reverse("review_calendar")).context["days"]
    since = client.get(reverse("review_calendar"), {"day": "01/07/2017"}).context["days"]
    wrong = client.get(reverse("review_calendar"), {"day": "31/02/2027"})

    assert [(day, [row.version for row in rows]) for day, rows in days] == [(in_days(30), [card])]
    assert str(since[0][1][0].version) in ("2017 card", "Help to Live at Home")
    assert "Enter a valid date" in wrong.content.decode()


def test_a_reviewed_rule_is_drafted_from_its_page_and_others_are_set_at_once(council):
    client = client_of(council, Role.COMMISSIONER)
    notice, seconds = (
        reverse("rulesetting:set", args=[key]) for key in ("care.notice_days", "rounds.seconds")
    )
    first = f"{in_days(10):%d/%m/%Y}"

    client.post(seconds, {"value": "9", "version": "0"})
    past = client.post(notice, {"value": "14", "valid_from": "01/01/2020", "version": "0"})
    drafted = client.post(notice, {"value": "14", "valid_from": first, "version": "0"})

    assert rule_value(council.authority, "rounds.seconds") == 9
    assert "past days keep their rule" in past.content.decode()
    row = RuleSetting.objects.get(key="care.notice_days")
    assert drafted["Location"] == reverse("review_page", args=["rulesetting", row.pk])
    assert (row.state, row.value, row.valid_from) == ("draft", 14, in_days(10))
    assert rule_value(council.authority, "care.notice_days") == 28
    shown = client.get(drafted["Location"]).content.decode()
    assert "28 days → 14 days" in shown


def test_a_rule_set_meanwhile_is_not_written_over(council):
    client = client_of(council, Role.COMMISSIONER)
    url = reverse("rulesetting:set", args=["rounds.seconds"])
    client.post(url, {"value": "9", "version": "0"})

    told = client.post(url, {"value": "11", "version": "0"})

    assert "Somebody set this rule meanwhile" in told.content.decode()
    assert rule_value(council.authority, "rounds.seconds") == 9


def test_the_rules_page_shows_the_day_asked_for_what_comes_and_what_was(council):
    row = RuleSetting(
        authority=council.authority, key="care.notice_days", value=14, valid_from=in_days(10)
    )
    row.save()
    services.submit(actor=council[Role.COMMISSIONER], version=row)
    services.approve(actor=council[Role.ADMINISTRATOR], version=row)
    client = client_of(council, Role.AUDITOR)

    def notice(**asked) -> tuple:
        groups = client.get(reverse("rulesetting:index"), asked).context["groups"]
        rows = [row for _, some in groups for row in some]
        (found,) = [row for row in rows if row.rule.key == "care.notice_days"]
        return (
            found.value,
            [one.value for one in found.coming],
            [one.value for one in found.history],
        )

    assert notice() == ("28 days", ["14 days"], [])
    assert notice(on=f"{in_days(10):%d/%m/%Y}") == ("14 days", [], ["14 days"])


@pytest.mark.browser
def test_two_people_review_a_card_in_a_browser(council, visitor):  # noqa: F811
    council.package(1)
    card = a_card(council)
    visitor.sign_in("commissioner")
    mine = visitor.open(reverse("ratecard:inspect", args=[card.pk]))
    mine.get_by_role("link", name="Its review").click()
    mine.wait_for_load_state("networkidle")
    mine.get_by_text("Ask for approval", exact=True).first.click()
    mine.get_by_label("Remark").first.fill("Agreed with finance")
    mine.locator("form[action$='act/submit/'] button[type=submit]").click()
    mine.wait_for_load_state("networkidle")
    assert mine.get_by_text("somebody else has to approve it").count()
    assert mine.locator("form[action$='act/approve/']").count() == 0
    assert visitor.serious_axe_findings() == []

    visitor.page.context.clear_cookies()
    visitor.sign_in("administrator")
    queue = visitor.open(reverse("review_queue"))
    assert visitor.serious_axe_findings() == []
    queue.get_by_role("link", name="2027 card").click()
    queue.wait_for_load_state("networkidle")
    assert queue.get_by_text("£55.30 → £56.35").count()  # 3.5 h at £15.80, then at £16.10
    assert queue.get_by_text("Agreed with finance").count()
    queue.get_by_label("Comment").fill("Checked the sums")
    queue.get_by_role("button", name="Keep the comment").click()
    queue.wait_for_load_state("networkidle")
    queue.locator("summary", has_text="Approve").press("Enter")
    queue.locator("form[action$='act/approve/'] button[type=submit]").click()
    queue.wait_for_load_state("networkidle")

    assert queue.get_by_text("Approved, not yet in force").count()
    assert [note.act for note in ReviewNote.objects.filter(subject_id=card.pk)] == [
        "submitted",
        "commented",
        "approved",
    ]
    assert visitor.serious_axe_findings() == []
    calendar = visitor.open(reverse("review_calendar"))
    assert calendar.get_by_role("heading", name="What comes into force").count()
    assert calendar.get_by_role("link", name="2027 card").count() == 1
    assert visitor.serious_axe_findings() == []
    visitor.open(reverse("rulesetting:index"))
    assert visitor.serious_axe_findings() == []
    assert (visitor.errors, visitor.outside) == ([], [])
