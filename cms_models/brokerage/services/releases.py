"""Offering a package to providers: by tiers in order, to all, to selected, to homes, as a spot."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from cms_models.accounts.models import Authority, User
from cms_models.accounts.roles import Role
from cms_models.accounts.services import system_actor
from cms_models.audit.services import record
from cms_models.brokerage.asking import Choice, choice_for
from cms_models.brokerage.domain import budget_refusal, decision_refusal, tiers_asked
from cms_models.brokerage.models import (
    InvitationState,
    Release,
    ReleaseState,
    Requirement,
    Route,
)
from cms_models.brokerage.selectors import (
    open_release,
    requirement_of,
    rules_kept,
    steps_due,
)
from cms_models.brokerage.services.due import begin_due
from cms_models.brokerage.services.requirements import (
    refuse_personal_data,
    require_keepable,
    require_own,
    require_reason,
    requirement_texts,
)
from cms_models.brokerage.services.steps import (
    ask_next,
    close,
    end_step,
    needs_provider,
    open_step,
    running_step,
    turn,
)
from cms_models.brokerage.services.transfers import award_ending
from cms_models.care.models import CarePackage, Setting
from cms_models.market.models import Provider

# Passing the tiers over is a decision that somebody may contest.
NEEDS_REASON = (Route.ALL, Route.SELECTED, Route.SPOT)
NAMES_PROVIDERS = (Route.SELECTED, Route.SPOT)
TOLD_AT_ONCE = 5


def release(
    *,
    actor: User,
    package: CarePackage,
    route: str,
    now: datetime,
    providers: Sequence[Provider] = (),
    reason: str = "",
) -> Release:
    """Offer a package to providers by a route; who is not asked is kept with the sentence why."""
    actor.must("change", Release)
    require_own(actor, package)
    # What was handed back is offered again at once, by nobody's further act (AL-13).
    if actor.role == Role.SYSTEM and award_ending(package) is None:
        raise PermissionDenied("A package is released by a broker.")
    if route not in Route.values:
        raise ValidationError(f"A package is released by one of {', '.join(Route.values)}.")
    day = timezone.localdate(now)
    with transaction.atomic():
        package = CarePackage.objects.select_for_update(of=("self",)).get(pk=package.pk)
        _refuse_standing(package)
        rules = rules_kept(package.authority, on=day)
        requirement = requirement_of(package)
        _refuse_undecided(actor, package, requirement, int(rules["brokerage.budget_limit_pence"]))
        _refuse_route(package, route, providers, reason, bool(rules["brokerage.release_to_all"]))
        refuse_personal_data(package, requirement_texts(requirement))
        only = providers if route in NAMES_PROVIDERS else None
        choice = choice_for(package, route=route, on=day, only=only)
        _refuse_choice(package, choice, providers)
        row = Release.objects.create(
            authority_id=package.authority_id,
            package=package,
            route=route,
            reason=reason.strip(),
            released_by=actor,
            released_at=now,
            rules=rules,
            left_out=_left_out(choice),
        )
        _record(actor, row)
        _open_first(actor, row, choice, now)
    return row


def _open_first(actor: User, row: Release, choice: Choice, now: datetime) -> None:
    if row.route == Route.TIERS:
        tier, asked = tiers_asked(choice.asked)[0]
        open_step(actor=actor, release=row, tier=tier, asked=asked, opens_at=now)
    else:
        open_step(actor=actor, release=row, tier=None, asked=choice.asked, opens_at=now)


def _record(actor: User, row: Release) -> None:
    record(
        actor=actor,
        action="release",
        subject=row.package,
        after={
            "release": row.pk,
            "route": row.route,
            "released_at": row.released_at,
            "left_out": [one["why"] for one in row.left_out],
        },
        reason=row.reason,
    )


def _left_out(choice: Choice) -> list[dict[str, str]]:
    refs = dict(
        Provider.objects.filter(pk__in=[one.key for one, _ in choice.left_out]).values_list(
            "pk", "ref"
        )
    )
    return [
        {"provider": refs[one.key], "name": one.name, "why": why} for one, why in choice.left_out
    ]


def _refuse_standing(package: CarePackage) -> None:
    if open_release(package) is not None:
        raise ValidationError(
            f"{package} is open to providers already: withdraw that release first."
        )
    if needs_provider(package):
        return
    raise ValidationError(
        f"{package} is {package.get_status_display().lower()}: only a package that needs a "
        "provider is released."
    )


def _refuse_undecided(
    actor: User, package: CarePackage, requirement: Requirement, limit_pence: int
) -> None:
    refusals = (
        decision_refusal(
            reference=package.package_ref,
            reasons=package.decisions_needed,
            decision=requirement.own_decision,
            decided_minutes=requirement.own_decision_minutes,
            weekly_minutes=package.weekly_minutes,
            pathway=package.pathway,
        ),
        budget_refusal(
            reference=package.package_ref,
            weekly_pence=package.weekly_pence,
            limit_pence=limit_pence,
            approved_pence=requirement.approved_pence,
            approved_by_actor=requirement.approved_by_id == actor.pk,
        ),
    )
    found = [refusal for refusal in refusals if refusal]
    if found:
        raise ValidationError(found)


def _refuse_route(
    package: CarePackage, route: str, providers: Sequence[Provider], reason: str, to_all: bool
) -> None:
    at_home = package.setting == Setting.HOME
    if route == Route.HOMES and at_home:
        raise ValidationError(f"{package} is care at home: care homes are not asked.")
    if route in (Route.TIERS, Route.ALL) and not at_home:
        raise ValidationError(f"{package} is for a care home: release it to homes with a vacancy.")
    if route in (Route.TIERS, Route.ALL, Route.SELECTED) and at_home and package.lot is None:
        raise ValidationError(
            f"{package} lies in no lot: check its postcode, pathway and the framework in force."
        )
    if route == Route.ALL and not to_all:
        raise ValidationError(
            "The council's rules do not let a package be released to all at once: release it to "
            "the tiers in order."
        )
    require_keepable(reason)
    if route in NEEDS_REASON:
        require_reason(reason, "Say why not the tiers in their order: the reason is kept.")
    if route in NAMES_PROVIDERS and not providers:
        raise ValidationError("Select at least one provider to ask.")
    if route not in NAMES_PROVIDERS and providers:
        raise ValidationError("By this route nobody is selected: leave the providers out.")


def _refuse_choice(package: CarePackage, choice: Choice, providers: Sequence[Provider]) -> None:
    asked = {one.key for one in choice.asked}
    wanted = {provider.pk for provider in providers} - asked
    refused = [why for one, why in choice.left_out if one.key in wanted]
    if refused or wanted - {one.key for one, _ in choice.left_out}:
        raise ValidationError(refused or ["A selected provider belongs to another council."])
    if not asked:
        why = [words for _, words in choice.left_out][:TOLD_AT_ONCE]
        raise ValidationError([f"Nobody can be asked about {package}.", *why])


def withdraw_release(*, actor: User, release: Release, reason: str, now: datetime) -> Release:
    """Take a package back from the providers asked, with the reason; it still needs a provider."""
    actor.must("change", Release)
    require_own(actor, release.package)
    require_reason(reason, "Say why the release is withdrawn: the reason is kept.")
    with transaction.atomic():
        row = locked(release)
        if row.state != ReleaseState.OPEN:
            raise ValidationError(f"{row} is {row.get_state_display().lower()} already.")
        because = f"withdrawn: {reason.strip()}"[:200]
        state = ReleaseState(ReleaseState.WITHDRAWN)
        close(actor=actor, release=row, state=state, because=because, now=now)
    return row


def pass_on(*, actor: User, release: Release, reason: str, now: datetime) -> Release:
    """Ask the next tier though offers stand: a broker's decision.

    Nobody's time to answer is cut short: refused while somebody asked may still answer.
    """
    actor.must("change", Release)
    require_own(actor, release.package)
    require_reason(reason, "Say why the next tier is asked now: the reason is kept.")
    with transaction.atomic():
        row = locked(release)
        if row.state != ReleaseState.OPEN or row.route != Route.TIERS:
            raise ValidationError(f"{row} has no next tier.")
        step = running_step(row)
        if step is not None:
            if step.invitations.filter(state=InvitationState.OPEN).exists():
                until = f"{timezone.localtime(step.closes_at):%d/%m/%Y at %H:%M}"
                raise ValidationError(f"Who was asked may answer until {until}: wait until then.")
            because = f"passed on: {reason.strip()}"[:200]
            end_step(actor=actor, step=step, because=because, at=now)
        ask_next(actor=actor, release=row, opens_at=now)
    return row


def locked(release: Release) -> Release:
    """Return a release's row as it is now, kept from others until the transaction ends."""
    rows = Release.objects.select_for_update(of=("self",))
    return rows.select_related("package__lot__framework", "package__person").get(pk=release.pk)


def hold_open_release(package: CarePackage) -> None:
    """Keep others from a package's open release until the transaction ends: taken first of all."""
    standing = open_release(package)
    if standing is not None:
        locked(standing)


def turn_clocks(*, authority: Authority, now: datetime) -> int:
    """Do what fell due in a council's releases and transfers; returns how much was done.

    Each release is turned in a transaction of its own.
    """
    done = 0
    for release_id in list(steps_due(authority, now=now).values_list("release_id", flat=True)):
        with transaction.atomic():
            row = locked(Release(pk=release_id))
            if row.state == ReleaseState.OPEN:
                actor = system_actor(authority=authority)
                done += turn(actor=actor, release=row, now=now)
    return done + begin_due(authority, timezone.localdate(now), now)
