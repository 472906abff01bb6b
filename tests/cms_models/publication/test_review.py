"""Draft → submitted → approved by another person → in force from its day."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.accounts.services import register_user
from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import chain_faults
from cms_models.audit.services import StaleEdit, save_record
from cms_models.jobs.models import Job
from cms_models.jobs.runner import run_job
from cms_models.publication import services
from cms_models.publication.domain import Standing
from cms_models.publication.models import PublicationState, ReviewNote
from cms_models.publication.registry import PUBLICATIONS
from cms_models.publication.selectors import (
    beginning_from,
    drafts_of,
    notes_of,
    waiting_for_approval,
)
from cms_models.quality.models import QualityFramework
from cms_models.quality.services import draft_framework
from cms_models.rates.domain import Line
from cms_models.rates.models import RateCard
from cms_models.rates.selectors import cards_in_force
from cms_models.rates.services import draft_card
from tests.council import PASSWORD

DRAFT, SUBMITTED, PUBLISHED = "draft", "submitted", "published"


def today() -> date:
    return timezone.localdate()


def in_days(days: int) -> date:
    return today() + timedelta(days=days)


def a_card(council, *, name: str = "2027 card", begins: date | None = None, lines: int = 1):
    return draft_card(
        actor=council.system,
        name=name,
        valid_from=begins or in_days(30),
        lines=[Line(None, None, "hourly", 1610)][:lines],
    )


def submitted_card(council, **given):
    return services.submit(actor=council[Role.COMMISSIONER], version=a_card(council, **given))


def approved_card(council, **given):
    return services.approve(
        actor=council[Role.ADMINISTRATOR], version=submitted_card(council, **given)
    )


def card_on(council, day: date) -> list[str]:
    cards = RateCard.objects.filter(authority=council.authority)
    return [card.name for card in cards_in_force(cards, on=day)]


def words(refused: pytest.ExceptionInfo) -> str:
    return " ".join(refused.value.messages)


ACTS = {
    "submit": lambda actor, card: services.submit(actor=actor, version=card),
    "send_back": lambda actor, card: services.send_back(actor=actor, version=card, text="Why"),
    "approve": lambda actor, card: services.approve(actor=actor, version=card),
    "withdraw": lambda actor, card: services.withdraw(
        actor=actor, version=card, text="Why", today=today()
    ),
}
LEADS_TO = {
    ("submit", DRAFT): SUBMITTED,
    ("send_back", SUBMITTED): DRAFT,
    ("approve", SUBMITTED): PUBLISHED,
    ("withdraw", PUBLISHED): DRAFT,
}
MAKES = {DRAFT: a_card, SUBMITTED: submitted_card, PUBLISHED: approved_card}
CHANGES_RATES = {Role.COMMISSIONER, Role.ADMINISTRATOR}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", MAKES)
def test_every_act_from_every_state_by_every_role(council, act, state):
    card = MAKES[state](council)
    stored = RateCard.objects.get(pk=card.pk)
    entries, notes = AuditEntry.objects.count(), ReviewNote.objects.count()
    second = register_user(
        authority=council.authority, username="second", role=Role.COMMISSIONER, password=PASSWORD
    )

    for role in sorted(set(Role) - {Role.SYSTEM} - CHANGES_RATES):
        with pytest.raises(PermissionDenied):
            ACTS[act](council[role], RateCard.objects.get(pk=card.pk))
    if (act, state) not in LEADS_TO:
        for role in sorted(CHANGES_RATES):
            with pytest.raises(ValidationError, match="it is “"):
                ACTS[act](council[role], RateCard.objects.get(pk=card.pk))
        # Nobody wrote anything by being refused.
        assert RateCard.objects.get(pk=card.pk).version == stored.version
        assert (AuditEntry.objects.count(), ReviewNote.objects.count()) == (entries, notes)
        return
    ACTS[act](second, RateCard.objects.get(pk=card.pk))

    assert RateCard.objects.get(pk=card.pk).state == LEADS_TO[act, state]
    assert ReviewNote.objects.count() == notes + 1
    assert list(chain_faults(council.authority)) == []


def test_whoever_submitted_does_not_approve_and_neither_does_the_machine(council):
    card = submitted_card(council)

    with pytest.raises(ValidationError, match="You submitted 2027 card yourself"):
        services.approve(actor=council[Role.COMMISSIONER], version=card)
    with pytest.raises(ValidationError, match="a person's act"):
        services.approve(actor=council.system, version=RateCard.objects.get(pk=card.pk))

    assert RateCard.objects.get(pk=card.pk).state == SUBMITTED
    assert card_on(council, in_days(30)) == ["2017 card"]


def test_of_two_approvals_one_wins_and_the_other_reads_who_was_first(council):
    card = submitted_card(council)
    one, two = RateCard.objects.get(pk=card.pk), RateCard.objects.get(pk=card.pk)

    services.approve(actor=council[Role.ADMINISTRATOR], version=one)
    with pytest.raises(ValidationError) as refused:
        services.approve(actor=council[Role.ADMINISTRATOR], version=two)

    assert words(refused) == (
        "2027 card does not wait for approval: it is “published” by Administrator Tester."
    )
    assert notes_of(card, user=council[Role.COMMISSIONER]).filter(act="approved").count() == 1


def test_what_was_changed_since_it_was_looked_at_is_not_approved(council):
    card = submitted_card(council)
    seen = card.version
    services.send_back(actor=council[Role.COMMISSIONER], version=card, text="Another price")
    card.name = "Dearer card"
    save_record(actor=council[Role.COMMISSIONER], record_=card, expected_version=card.version)
    services.submit(actor=council[Role.COMMISSIONER], version=card)

    with pytest.raises(StaleEdit):
        services.approve(actor=council[Role.ADMINISTRATOR], version=card, seen=seen)

    assert RateCard.objects.get(pk=card.pk).state == SUBMITTED


def test_a_draft_with_faults_is_not_submitted_and_each_fault_is_named(council):
    card = a_card(council, lines=0)

    with pytest.raises(ValidationError) as refused:
        services.submit(actor=council[Role.COMMISSIONER], version=card)

    assert words(refused).startswith("2027 card cannot be put in force.")
    assert "hourly" in words(refused)
    assert RateCard.objects.get(pk=card.pk).state == DRAFT
    assert not ReviewNote.objects.filter(subject_id=card.pk, act="submitted").exists()


@pytest.mark.parametrize("act", ["send_back", "withdraw"])
def test_sending_back_and_taking_back_say_why(council, act):
    card = (submitted_card if act == "send_back" else approved_card)(council)
    given = {} if act == "send_back" else {"today": today()}

    with pytest.raises(ValidationError, match="Say w"):
        getattr(services, act)(actor=council[Role.ADMINISTRATOR], version=card, text="  ", **given)


def test_the_audit_keeps_what_was_said_when_asking_and_when_approving(council):
    card = a_card(council)
    services.submit(actor=council[Role.COMMISSIONER], version=card, text=" For April ")
    services.approve(actor=council[Role.ADMINISTRATOR], version=card, text="Agreed")

    kept = AuditEntry.objects.filter(subject_type="rates.ratecard", subject_id=str(card.pk))
    said = kept.order_by("sequence").values_list("actor__username", "action", "reason")
    assert [one for one in said if one[2]] == [
        ("commissioner", "edit", "submitted: For April"),
        ("administrator", "edit", "published"),
        ("administrator", "approve", "Agreed"),
    ]


def test_the_card_before_ends_where_the_approved_one_begins_and_stays_on_file(council):
    approved_card(council, begins=in_days(30))

    assert card_on(council, in_days(29)) == ["2017 card"]
    assert card_on(council, in_days(30)) == ["2027 card"]
    assert RateCard.objects.get(name="2017 card").valid_to == in_days(30)


def test_taking_back_lets_what_was_ended_run_on(council):
    card = approved_card(council)

    services.withdraw(
        actor=council[Role.ADMINISTRATOR], version=card, text="Too dear", today=today()
    )

    before = RateCard.objects.get(name="2017 card")
    assert (before.valid_to, before.ended_by) == (None, None)
    assert card_on(council, in_days(30)) == ["2017 card"]
    assert (card.state, card.submitted_by, card.approved_by) == (DRAFT, None, None)


def test_what_is_in_force_is_not_taken_back(council):
    card = approved_card(council, begins=today())

    with pytest.raises(ValidationError, match="is in force since"):
        services.withdraw(
            actor=council[Role.ADMINISTRATOR], version=card, text="Too dear", today=today()
        )
    assert card_on(council, today()) == ["2027 card"]


def test_a_stated_end_comes_back_when_what_cut_it_short_is_taken_back(council):
    spring = approved_card(council, name="Spring", begins=in_days(10))
    spring = RateCard.objects.get(pk=spring.pk)
    summer = a_card(council, name="Summer", begins=in_days(20))
    summer.valid_to = in_days(60)
    save_record(actor=council.system, record_=summer, expected_version=summer.version)
    services.submit(actor=council[Role.COMMISSIONER], version=summer)
    services.approve(actor=council[Role.ADMINISTRATOR], version=summer)
    cutting = approved_card(council, name="Cutting", begins=in_days(40))

    assert RateCard.objects.get(name="Summer").valid_to == in_days(40)
    services.withdraw(actor=council[Role.ADMINISTRATOR], version=cutting, text="No", today=today())

    summer = RateCard.objects.get(name="Summer")
    assert (summer.valid_to, summer.ended_by) == (in_days(60), None)
    assert RateCard.objects.get(pk=spring.pk).valid_to == in_days(20)


def test_a_card_put_between_two_ends_one_and_is_ended_by_the_other(council):
    approved_card(council, name="Later", begins=in_days(60))
    approved_card(council, name="Between", begins=in_days(30))

    assert [card_on(council, in_days(day)) for day in (29, 30, 59, 60)] == [
        ["2017 card"],
        ["Between"],
        ["Between"],
        ["Later"],
    ]


def test_a_card_approved_for_today_prices_every_package_at_once_as_a_job(council):
    package = council.package()  # 3.5 h a week: 7 × 30 min × £15.80 = £55.30
    assert package.weekly_pence == 5530

    approved_card(council, begins=today())
    job = Job.objects.get(kind="resolve_packages")
    run_job(job.pk)

    package.refresh_from_db()
    assert package.weekly_pence == 5635  # 7 × 30 min × £16.10 = £56.35
    assert job.started_by.role == Role.SYSTEM


def test_a_card_approved_for_later_prices_nothing_yet(council):
    approved_card(council, begins=in_days(1))

    assert not Job.objects.exists()


def test_the_scheduler_puts_on_file_what_began_and_only_once(council, monkeypatch):
    card = approved_card(council, begins=in_days(1))
    quietly = AuditEntry.objects.filter(action="in_force", subject_id=str(card.pk))
    call_command("run_scheduler", "--once")
    run_job(Job.objects.get(kind="go_live").pk)
    assert not quietly.exists()  # it begins tomorrow

    tomorrow = in_days(1)
    monkeypatch.setattr(timezone, "localdate", lambda *given: tomorrow)
    for _ in range(2):
        call_command("run_scheduler", "--once")
    job = Job.objects.get(kind="go_live", params__on=tomorrow.isoformat())
    run_job(job.pk)
    job.refresh_from_db()

    assert job.result == {"in_force": 1, "versions": ["2027 card"]}
    assert quietly.get().actor == council.system
    assert Job.objects.filter(kind="resolve_packages", params__on=tomorrow.isoformat()).count() == 1
    assert services.come_into_force(authority=council.authority, on=tomorrow) == []


def test_a_quality_framework_is_in_force_on_the_day_it_is_approved(council):
    framework = draft_framework(
        actor=council[Role.CONTRACT_MANAGER],
        title="Home care",
        edition=1,
        introduction="",
        standards=[{"domain": "D", "code": "1", "statement": "S", "weight": 100, "evidence": ""}],
    )
    services.submit(actor=council[Role.CONTRACT_MANAGER], version=framework)
    assert framework.standing(today()) == Standing.SUBMITTED

    services.approve(actor=council[Role.ADMINISTRATOR], version=framework)

    stored = QualityFramework.objects.get(pk=framework.pk)
    assert (stored.state, stored.published_on) == (PUBLISHED, today())
    assert stored.standing(today()) == Standing.IN_FORCE
    assert not Job.objects.exists()  # it prices nothing


def test_everybody_who_sees_a_version_may_comment_and_the_audit_keeps_it(council, other_council):
    card = submitted_card(council)

    services.comment(actor=council[Role.FINANCE], version=card, text="Is this in the budget?")
    with pytest.raises(ValidationError, match="not yours"):
        services.comment(actor=other_council[Role.FINANCE], version=card, text="Hello")
    with pytest.raises(ValidationError, match="Write what you want to say"):
        services.comment(actor=council[Role.FINANCE], version=card, text=" ")

    told = [(note.act, note.text) for note in notes_of(card, user=council[Role.COMMISSIONER])]
    assert told == [("submitted", ""), ("commented", "Is this in the budget?")]
    assert AuditEntry.objects.filter(action="comment", subject_id=str(card.pk)).count() == 1
    assert not notes_of(card, user=other_council[Role.COMMISSIONER]).exists()


def test_the_queue_holds_every_kind_of_this_council_only(council, other_council):
    card = submitted_card(council)
    submitted_card(other_council)
    scheduled = approved_card(council, name="2028 card", begins=in_days(400))
    draft = a_card(council, name="Draft", begins=in_days(500))

    assert waiting_for_approval(council[Role.COMMISSIONER]) == [card]
    assert beginning_from(council[Role.COMMISSIONER], day=today()) == [scheduled]
    assert drafts_of(council[Role.COMMISSIONER]) == [draft]
    assert drafts_of(council[Role.FINANCE]) == []
    assert waiting_for_approval(council.provider_users["P1"]) == []


def test_every_kind_says_its_faults_and_what_changes(council):
    assert {kind.model.__name__ for kind in PUBLICATIONS.values()} >= {
        "RateCard",
        "ZoneMap",
        "Framework",
        "QualityFramework",
        "RuleSetting",
    }
    for kind in PUBLICATIONS.values():
        for version in kind.model.objects.filter(state=PublicationState.PUBLISHED):
            assert all(isinstance(sentence, str) for sentence in kind.changes(version))
