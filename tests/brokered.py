"""A package offered to two providers and awarded to one, with every row of its trail.

Released at 09:00 to P1 (lead, clock of 4 hours) and from 13:00 to P2 (additional). P1 read it at
10:00, asked whether there is parking at 10:05, was answered at 10:30 and offered 210 minutes from
1 December for 14 points. P2 read it at 13:30 and offered 180 minutes, with conditions, 9 points.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from cms_models.accounts.roles import Role
from cms_models.brokerage.models import (
    AllocationFile,
    Invitation,
    InvitationState,
    Offer,
    OfferState,
    Question,
    Release,
    ReleaseState,
    ReleaseStep,
    Requirement,
    Route,
)
from cms_models.brokerage.services.files import seal_award
from cms_models.care.models import Award, CarePackage
from cms_models.care.services.awards import award
from tests.council import Council

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
WORDS_OF_P2 = "Canaryconditions: only with a second key"


@dataclass
class Brokered:
    """The package with the rows of its trail."""

    package: CarePackage
    release: Release
    invitations: dict[str, Invitation]
    offers: dict[str, Offer]
    question: Question
    award: Award
    file: AllocationFile


def brokered(council: Council, number: int = 1) -> Brokered:
    """Return a package that P1 won against P2, its file sealed at 15:00."""
    package = council.package(number)
    own = {"authority": council.authority}
    Requirement.objects.create(package=package, must_haves=["A carer who drives"], **own)
    release = _release(council, package)
    steps = _steps(council, release)
    invitations = {
        "P1": _asked(council, steps[0], "P1", opened_at=NINE + timedelta(hours=1)),
        "P2": _asked(council, steps[1], "P2", opened_at=NINE + timedelta(hours=4.5)),
    }
    question = Question.objects.create(
        release=release,
        provider=council.providers["P1"],
        text="Is there parking?",
        asked_by=council.provider_users["P1"],
        asked_at=NINE + timedelta(minutes=65),
        answer="Yes, in front.",
        answered_by=council[Role.BROKER],
        answered_at=NINE + timedelta(minutes=90),
        **own,
    )
    offers = {
        "P1": _offer(council, invitations["P1"], minutes=210, points="14"),
        "P2": _offer(council, invitations["P2"], minutes=180, points="9", words=WORDS_OF_P2),
    }
    won = award(
        actor=council[Role.BROKER],
        package=package,
        provider=council.providers["P1"],
        lot=package.lot,
        reason="Most points and the sooner start.",
    )
    at = NINE + timedelta(hours=6)
    file = seal_award(actor=council[Role.BROKER], award=won, release=release, now=at)
    _close(release, offers, won, at)
    return Brokered(package, release, invitations, offers, question, won, file)


def _release(council: Council, package: CarePackage) -> Release:
    return Release.objects.create(
        authority=council.authority,
        package=package,
        route=Route.TIERS,
        released_by=council[Role.BROKER],
        released_at=NINE,
        rules={"care.notice_days": 28},
        left_out=[{"provider": "HF", "name": "Home First", "why": "It has no place in O-A."}],
    )


def _steps(council: Council, release: Release) -> list[ReleaseStep]:
    clock = timedelta(hours=4)
    return [
        ReleaseStep.objects.create(
            authority=council.authority,
            release=release,
            number=number,
            tier=number,
            opens_at=NINE + clock * (number - 1),
            closes_at=NINE + clock * number,
            ended_at=NINE + clock if number == 1 else None,
            ended_because="timed out" if number == 1 else "",
        )
        for number in (1, 2)
    ]


def _asked(council: Council, step: ReleaseStep, ref: str, *, opened_at: datetime) -> Invitation:
    return Invitation.objects.create(
        authority=council.authority,
        release=step.release,
        step=step,
        provider=council.providers[ref],
        state=InvitationState.OFFERED,
        sent_at=step.opens_at,
        opened_at=opened_at,
        answered_at=opened_at + timedelta(hours=1),
        closes_at=step.closes_at,
    )


def _offer(
    council: Council, asked: Invitation, *, minutes: int, points: str, words: str = ""
) -> Offer:
    return Offer.objects.create(
        authority=council.authority,
        invitation=asked,
        provider=asked.provider,
        starts_on=date(2026, 12, 1) if not words else date(2026, 12, 8),
        weekly_minutes=minutes,
        conditions=words,
        answers={"q1": {"question": "How soon?", "answer": words or "At once", "points": points}},
        made_by=council.provider_users[asked.provider.ref],
        made_at=asked.answered_at,
    )


def _close(release: Release, offers: dict[str, Offer], won: Award, at: datetime) -> None:
    """Close what an award closes, after its file was sealed."""
    Release.objects.filter(pk=release.pk).update(state=ReleaseState.AWARDED, ended_at=at)
    release.steps.filter(ended_at=None).update(ended_at=at, ended_because="awarded")
    release.invitations.update(state=InvitationState.CLOSED)
    for ref, offer in offers.items():
        state = OfferState.WON if ref == won.provider.ref else OfferState.LOST
        Offer.objects.filter(pk=offer.pk).update(state=state)
