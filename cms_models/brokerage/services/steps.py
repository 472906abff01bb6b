"""The turns of a release: a tier asked, its clock run out, the next one asked, the end of it all.

Callers hold the release's row locked in their transaction: it is taken before the package's and
before the audit chain, so that two people at once wait for each other and never in a circle.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.audit.services import record
from cms_models.brokerage.asking import choice_for
from cms_models.brokerage.domain import Candidate, closing, next_opening, tiers_asked
from cms_models.brokerage.models import (
    Invitation,
    InvitationState,
    Offer,
    OfferState,
    Release,
    ReleaseState,
    ReleaseStep,
    Requirement,
    Route,
    Urgency,
)
from cms_models.brokerage.services.transfers import award_ending
from cms_models.care.models import CarePackage, PackageStatus
from cms_models.fields.brokerage_rules import clock_key
from cms_models.fields.domain import rule_named
from cms_models.market.domain import Tier
from cms_models.market.models import Provider
from cms_models.notices.models import EventKind
from cms_models.notices.services import tell

CLOCK_OF_TIER = {Tier.LEAD: "lead", Tier.ADDITIONAL: "additional", Tier.DPS: "dps"}
UNANSWERED = (InvitationState.OPEN, InvitationState.OFFERED)


def open_step(
    *,
    actor: User,
    release: Release,
    tier: Tier | None,
    asked: Sequence[Candidate],
    opens_at: datetime,
) -> ReleaseStep:
    """Ask providers: a step with its response clock, an invitation and a notice for each."""
    who = CLOCK_OF_TIER[tier] if tier else release.route
    urgency = Requirement.objects.filter(package=release.package_id).values_list("urgency").first()
    key = clock_key(who, urgency[0] if urgency else str(Urgency.ROUTINE))
    step = ReleaseStep.objects.create(
        authority_id=release.authority_id,
        release=release,
        number=release.steps.count() + 1,
        tier=tier,
        opens_at=opens_at,
        closes_at=closing(opens_at, minutes=int(release.rules.get(key, rule_named(key).default))),
    )
    Invitation.objects.bulk_create(
        Invitation(
            authority_id=release.authority_id,
            release=release,
            step=step,
            provider_id=one.key,
            sent_at=opens_at,
            closes_at=step.closes_at,
        )
        for one in asked
    )
    record(
        actor=actor,
        action="open_step",
        subject=release.package,
        after={
            "step": step.number,
            "tier": tier.words if tier else "",
            "asked": [one.name for one in asked],
            "opens_at": opens_at,
            "closes_at": step.closes_at,
        },
    )
    _tell(actor, release, step.invitations.all(), EventKind(EventKind.PACKAGE_OPENED))
    return step


def needs_provider(package: CarePackage) -> bool:
    """Return whether a package waits for a provider, or for one to follow who is to go."""
    return package.status == PackageStatus.REFERRED or award_ending(package) is not None


def running_step(release: Release) -> ReleaseStep | None:
    """Return the step whose response clock runs, if any."""
    return release.steps.filter(ended_at=None).first()


def end_step(
    *, actor: User, step: ReleaseStep, because: str, at: datetime, lapses: bool = False
) -> None:
    """End a step with the reason; who did not answer lapses when its clock has run out."""
    if lapses:
        step.invitations.filter(state=InvitationState.OPEN).update(
            state=InvitationState.LAPSED, lapsed_at=at, updated_at=timezone.now()
        )
    step.ended_at, step.ended_because = at, because
    step.version += 1
    step.save()
    record(
        actor=actor,
        action="end_step",
        subject=step.release.package,
        after={"step": step.number, "ended_at": at, "because": because},
        reason=because,
    )


def turn(*, actor: User, release: Release, now: datetime) -> bool:
    """Do what is due in a release: time out its step, ask the next tier, end it as unplaced.

    A step ends as soon as everybody asked has answered; while an offer stands the next tier waits
    for the broker. What the case system placed or ended meanwhile is not offered any more.
    """
    if not needs_provider(release.package):
        close(
            actor=actor,
            release=release,
            state=ReleaseState(ReleaseState.WITHDRAWN),
            because="the package needs no provider any more",
            now=now,
        )
        return True
    step = running_step(release)
    if step is not None:
        waiting = step.invitations.filter(state=InvitationState.OPEN).exists()
        if now >= step.closes_at:
            at, because = step.closes_at, "timed out" if waiting else "everybody answered"
            end_step(actor=actor, step=step, because=because, at=at, lapses=True)
        elif not waiting and not step.invitations.filter(state=InvitationState.OFFERED).exists():
            at = now
            end_step(actor=actor, step=step, because="everybody declined", at=at)
        else:
            return False
        at = next_opening(at, now=now)
    else:
        at = now
    if not standing_offers(release).exists():
        ask_next(actor=actor, release=release, opens_at=at)
    return True


def standing_offers(release: Release) -> QuerySet[Offer]:
    """Return the offers of a release that wait for a decision."""
    return Offer.objects.filter(invitation__release=release, state=OfferState.OPEN)


def ask_next(*, actor: User, release: Release, opens_at: datetime) -> ReleaseStep | None:
    """Ask the next tier of a release that goes by tiers; where none is left, nobody took it."""
    if release.route == Route.TIERS:
        day = timezone.localdate(opens_at)
        asked_before = set(release.invitations.values_list("provider_id", flat=True))
        choice = choice_for(release.package, route=release.route, on=day)
        left = [one for one in choice.asked if one.key not in asked_before]
        last = release.steps.order_by("-number").values_list("tier", flat=True).first()
        for tier, asked in tiers_asked(left):
            if last is None or tier > last:
                return open_step(
                    actor=actor, release=release, tier=tier, asked=asked, opens_at=opens_at
                )
    close(
        actor=actor,
        release=release,
        state=ReleaseState(ReleaseState.UNPLACED),
        because="nobody took it",
        now=opens_at,
    )
    return None


def close(
    *,
    actor: User,
    release: Release,
    state: ReleaseState,
    because: str,
    now: datetime,
    won: Offer | None = None,
    winner: Provider | None = None,
) -> None:
    """End a release: its step, invitations and offers with it; who lost it is told."""
    step = running_step(release)
    if step is not None:
        end_step(actor=actor, step=step, because=because, at=now)
    offers = standing_offers(release)
    if won is not None:
        offers = offers.exclude(pk=won.pk)
    offers.update(state=OfferState.LOST, updated_at=timezone.now())
    open_ones = release.invitations.filter(state__in=UNANSWERED)
    told = list(open_ones.select_related("provider"))
    open_ones.update(state=InvitationState.CLOSED, updated_at=timezone.now())
    release.state, release.ended_at, release.ended_because = state, now, because
    release.left_out = [*release.left_out, *_not_reached(release, because)]
    release.version += 1
    release.save()
    if state != ReleaseState.AWARDED:  # an award has an entry of its own
        record(
            actor=actor,
            action="end_release",
            subject=release.package,
            after={"release": release.pk, "state": state, "ended_at": now},
            reason=because,
        )
    losers = [row for row in told if winner is None or row.provider_id != winner.pk]
    _tell(actor, release, losers, EventKind(EventKind.PACKAGE_CLOSED))


def _not_reached(release: Release, because: str) -> list[dict[str, str]]:
    """Return who would have been asked in a later tier, for the file of the award."""
    known = {row["provider"] for row in release.left_out}
    asked = set(release.invitations.values_list("provider_id", flat=True))
    rest = Provider.objects.filter(authority_id=release.authority_id).exclude(pk__in=asked)
    return [
        {
            "provider": row.ref,
            "name": row.name,
            "why": f"The turn of {row.name} did not come: {because}.",
        }
        for row in rest.order_by("name")
        if row.ref not in known
    ]


def _tell(
    actor: User,
    release: Release,
    invitations: Sequence[Invitation] | QuerySet[Invitation],
    kind: EventKind,
) -> None:
    if isinstance(invitations, QuerySet):
        invitations = invitations.select_related("provider")
    for row in invitations:
        tell(
            actor=actor,
            provider=row.provider,
            kind=kind,
            package=release.package,
            payload={"invitation": str(row.public_id)},
        )
