"""Questions about open packages, and messages between council and provider."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import Role
from cms_models.brokerage.models import Message, Question
from cms_models.brokerage.provider_selectors import open_invitations, open_package_rows
from cms_models.brokerage.refusals import AlreadyAnswered, TooLate
from cms_models.brokerage.services.awards import award_off_platform
from cms_models.brokerage.services.releases import withdraw_release
from cms_models.brokerage.services.talk import answer, ask, mark_read, send_message
from cms_models.notices.models import OutboxEvent
from tests.cms_models.brokerage.releasing import hours, invited, release_it


def asked_of(council, row, ref: str, text: str = "Is there parking?") -> Question:
    """Ask as a provider an hour after the release."""
    return ask(
        actor=council.provider_users[ref], invitation=invited(row, ref), text=text, now=hours(1)
    )


def read_by(council, ref: str) -> list[dict]:
    """Return what a provider reads was asked about its one open package."""
    user = council.provider_users[ref]
    [row] = open_package_rows(open_invitations(user, hours(3)), user, hours(3))
    return row["asked"]


def test_everybody_asked_reads_question_and_answer_but_not_who_asked(council):
    row = release_it(council, council.package(1), "all")
    question = asked_of(council, row, "P1")
    assert (len(read_by(council, "P1")), read_by(council, "P2")) == (1, [])  # not answered yet

    answer(actor=council[Role.BROKER], question=question, text="Yes, in front", now=hours(2))

    [mine], [theirs] = read_by(council, "P1"), read_by(council, "P2")
    assert (theirs["text"], theirs["answer"]) == ("Is there parking?", "Yes, in front")
    assert (mine["own"], theirs["own"]) == (True, False)
    assert "Provider One" not in str(theirs)
    told = OutboxEvent.objects.filter(kind="question.answered").values_list("provider__ref")
    assert sorted(ref for (ref,) in told) == ["P1", "P2"]


def test_a_question_is_answered_once_and_names_nobody(council):
    row = release_it(council, council.package(1), "all")
    question, broker = asked_of(council, row, "P1"), council[Role.BROKER]
    with pytest.raises(ValidationError, match="Question: “01432 260000” looks like a phone"):
        asked_of(council, row, "P2", "Do I ring 01432 260000?")
    with pytest.raises(ValidationError, match="Answer: “HR1 1AA” is a full postcode"):
        answer(actor=broker, question=question, text="At HR1 1AA", now=hours(2))

    answer(actor=broker, question=question, text="Yes", now=hours(2))

    with pytest.raises(AlreadyAnswered, match="answered on 23/11/2026 at 11:00: “Yes”"):
        answer(actor=broker, question=question, text="No", now=hours(3))
    assert Question.objects.get().answer == "Yes"


def test_who_guesses_at_the_name_is_not_told_and_nobody_else_reads_the_guess(council):
    row = release_it(council, council.package(1), "all")
    guess = asked_of(council, row, "P2", "Is it Margaret, Canarylast1 or Joan?")

    with pytest.raises(ValidationError, match="“Canarylast1” is the person's name"):
        answer(actor=council[Role.BROKER], question=guess, text="No", now=hours(2))

    assert read_by(council, "P1") == []
    assert [one["answer"] for one in read_by(council, "P2")] == [""]


def test_nobody_asks_for_another_or_after_the_end(council, other_council):
    row = release_it(council, council.package(1))
    mine = invited(row, "P1")
    for actor in (council.provider_users["P2"], other_council.provider_users["P1"]):
        with pytest.raises(PermissionDenied):
            ask(actor=actor, invitation=mine, text="Who?", now=hours(1))
    with pytest.raises(TooLate, match="ran out on 23/11/2026 at 13:00"):
        ask(actor=council.provider_users["P1"], invitation=mine, text="Who?", now=hours(4))
    question = asked_of(council, row, "P1")
    with pytest.raises(PermissionDenied):
        answer(actor=council.provider_users["P1"], question=question, text="Me", now=hours(1))
    withdraw_release(actor=council[Role.BROKER], release=row, reason="Hospital", now=hours(2))
    with pytest.raises(TooLate, match="nobody reads the answer"):
        answer(actor=council[Role.BROKER], question=question, text="Yes", now=hours(2))
    with pytest.raises(TooLate, match="no longer open"):
        asked_of(council, row, "P1")


def test_messages_go_both_ways_and_are_marked_read_by_the_other_side(council):
    broker, user, p1 = council[Role.BROKER], council.provider_users["P1"], council.providers["P1"]
    given = {"provider": p1, "package": None}
    send_message(actor=broker, text="Any room on Mondays?", now=hours(1), **given)
    send_message(actor=user, text="Yes, from 8", now=hours(2), **given)

    assert mark_read(actor=user, provider=p1, now=hours(3)) == 1
    assert mark_read(actor=user, provider=p1, now=hours(3)) == 0
    assert mark_read(actor=broker, provider=p1, now=hours(4)) == 1
    assert list(Message.objects.values_list("from_provider", "read_at")) == [
        (False, hours(3)),
        (True, hours(4)),
    ]
    assert OutboxEvent.objects.filter(kind="message.sent").count() == 1


def test_only_who_delivers_a_package_is_written_to_about_the_person(council):
    package, broker = council.package(1), council[Role.BROKER]
    release_it(council, package)
    given = {"actor": broker, "package": package, "text": "Canaryfirst1 is home again"}
    with pytest.raises(ValidationError, match="Message: “Canaryfirst1”"):
        send_message(provider=council.providers["P1"], now=hours(1), **given)
    with pytest.raises(ValidationError, match="nothing to do with that package"):
        send_message(provider=council.providers["P2"], now=hours(1), **given)
    with pytest.raises(ValidationError, match="NHS number"):
        send_message(
            actor=broker,
            provider=council.providers["P1"],
            package=None,
            text="See 9434765919",
            now=hours(1),
        )
    award_off_platform(
        actor=broker,
        package=package,
        provider=council.providers["P1"],
        reason="By telephone",
        now=hours(2),
    )

    assert send_message(provider=council.providers["P1"], now=hours(3), **given).pk
    assert Message.objects.count() == 1


def test_nobody_writes_or_reads_for_another(council, other_council):
    p1 = council.providers["P1"]
    for actor in (
        council.provider_users["P2"],
        council[Role.FINANCE],
        other_council[Role.BROKER],
        other_council.provider_users["P1"],
    ):
        with pytest.raises(PermissionDenied):
            send_message(actor=actor, provider=p1, package=None, text="Hello", now=hours(1))
        with pytest.raises(PermissionDenied):
            mark_read(actor=actor, provider=p1, now=hours(1))
    assert Message.objects.count() == 0
