"""Proposals of the engine, and the awards a person makes of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.audit.services import Decision, picture, record, record_many
from cms_models.care.domain import last_paid_day
from cms_models.care.models import (
    AllocationProposal,
    AllocationRun,
    Award,
    AwardSource,
    CarePackage,
    PackageStatus,
    ProposalState,
)
from cms_models.fields.selectors import rule_value
from cms_models.jobs.models import Job
from cms_models.market.domain import standstill_over
from cms_models.market.models import Lot, Provider, ProviderState


class AlreadyPlaced(ValidationError):  # noqa: N818 - it reads as the refusal
    """Raised when a package got a provider while somebody was deciding."""


@dataclass(frozen=True)
class Suggestion:
    """What the engine says of one package: a provider with factors, or a reason for none."""

    package_id: int
    provider_id: int | None
    lot_id: int | None
    tier: int | None
    factors: Sequence[str] = ()
    runner_up: str = ""
    unplaced_reason: str = ""
    relaxation: str = ""


def propose_allocations(
    *,
    actor: User,
    on: date,
    seed: int,
    engine: str,
    totals: Mapping[str, Any],
    suggestions: Sequence[Suggestion],
    job: Job | None = None,
) -> AllocationRun:
    """Keep a run's proposals; earlier proposals for the same packages are overtaken."""
    with transaction.atomic():
        run = AllocationRun.objects.create(
            authority=actor.authority, on=on, seed=seed, engine=engine, totals=totals, job=job
        )
        AllocationProposal.objects.filter(
            authority=actor.authority,
            package_id__in=[one.package_id for one in suggestions],
            state__in=[ProposalState.PROPOSED, ProposalState.UNPLACED],
        ).update(state=ProposalState.OVERTAKEN, version=F("version") + 1)
        AllocationProposal.objects.bulk_create(
            [_proposal(run, one) for one in suggestions], batch_size=500
        )
        record(actor=actor, action="propose_allocations", subject=run, after=dict(totals))
    return run


def _proposal(run: AllocationRun, one: Suggestion) -> AllocationProposal:
    placed = one.provider_id is not None
    return AllocationProposal(
        authority_id=run.authority_id,
        run=run,
        package_id=one.package_id,
        provider_id=one.provider_id,
        lot_id=one.lot_id,
        tier=one.tier,
        state=ProposalState.PROPOSED if placed else ProposalState.UNPLACED,
        factors=list(one.factors),
        runner_up=one.runner_up,
        unplaced_reason=one.unplaced_reason,
        relaxation=one.relaxation,
    )


def award(
    *,
    actor: User,
    package: CarePackage,
    provider: Provider,
    lot: Lot | None,
    reason: str,
    proposal: AllocationProposal | None = None,
    source: str = "",
    override: bool = False,
    agreed_pence: int | None = None,
    arrangement_fee_pence: int | None = None,
    starts_on: date | None = None,
    now: datetime | None = None,
) -> Award:
    """Give a package to a provider: a person's act, with a reason, and only one winner.

    Refused for the machine, without a reason, for a provider that takes no new work, and
    (AlreadyPlaced) when the package was placed meanwhile. People award through
    `brokerage.services.awards`, which ends the package's release with it.
    """
    require_decider(actor)
    if not reason.strip():
        raise ValidationError("Say why this provider: the reason is kept with the award.")
    if provider.state != ProviderState.ACTIVE:
        raise ValidationError(f"{provider} is {provider.get_state_display().lower()}.")
    _refuse_in_standstill(lot)
    with transaction.atomic():
        won = CarePackage.objects.filter(pk=package.pk, status=PackageStatus.REFERRED).update(
            status=PackageStatus.ACTIVE, version=F("version") + 1
        )
        if not won:
            raise AlreadyPlaced(f"{package} already has a provider; open it to see which.")
        row = Award.objects.create(
            authority=package.authority,
            package=package,
            provider=provider,
            lot=lot,
            proposal=proposal,
            source=source or (AwardSource.PROPOSAL if proposal else AwardSource.BROKER),
            starts_on=max(filter(None, (package.starts_on, starts_on, _free_from(package)))),
            ends_on=package.ends_on,
            reason=reason,
            override=override,
            agreed_pence=agreed_pence,
            arrangement_fee_pence=arrangement_fee_pence,
            decided_by=actor,
            decided_at=now or timezone.now(),
        )
        settle_proposals(package=package, proposal=proposal)
        record(
            actor=actor,
            action="award",
            subject=package,
            before={"status": PackageStatus.REFERRED, "provider": None},
            after={"status": PackageStatus.ACTIVE, "provider": provider.name, **picture(row)},
            reason=reason,
        )
    return row


def _free_from(package: CarePackage) -> date | None:
    """Return the first day that no earlier provider of a package was awarded, if any was."""
    latest: date | None = package.awards.aggregate(day=Max("ends_on"))["day"]
    return latest


def settle_proposals(*, package: CarePackage, proposal: AllocationProposal | None) -> None:
    """Say of an awarded package's proposals which was followed; the others are overtaken.

    Written in the transaction of the award, whose audit entry tells of it.
    """
    AllocationProposal.objects.filter(
        package=package, state__in=[ProposalState.PROPOSED, ProposalState.UNPLACED]
    ).update(state=ProposalState.OVERTAKEN)
    if proposal is not None:
        AllocationProposal.objects.filter(pk=proposal.pk).update(state=ProposalState.AWARDED)


def _refuse_in_standstill(lot: Lot | None) -> None:
    ends_on = lot.framework.standstill_ends_on if lot else None
    if not standstill_over(standstill_ends_on=ends_on, on=timezone.localdate()):
        raise ValidationError(
            f"{lot} is in standstill until {ends_on:%d/%m/%Y}: award from the day after."
        )


def require_decider(actor: User) -> None:
    """Refuse the machine, and whoever may not award."""
    if actor.role == Role.SYSTEM or not actor.may("change", Award):
        raise PermissionDenied("An award is made by a broker: the machine only proposes.")


def decline_proposal(*, actor: User, proposal: AllocationProposal, reason: str) -> None:
    """Set a proposal aside with the reason; the package stays open."""
    require_decider(actor)
    if not reason.strip():
        raise ValidationError("Say why not: the reason is kept with the proposal.")
    with transaction.atomic():
        declined = AllocationProposal.objects.filter(
            pk=proposal.pk, state=ProposalState.PROPOSED
        ).update(state=ProposalState.DECLINED)
        if not declined:
            raise ValidationError(f"{proposal} is not proposed any more.")
        record(
            actor=actor,
            action="decline_proposal",
            subject=proposal.package,
            before={"proposal": proposal.pk, "state": ProposalState.PROPOSED},
            after={"proposal": proposal.pk, "state": ProposalState.DECLINED},
            reason=reason,
        )


def end_package(
    *, actor: User, package: CarePackage, notice_on: date, died_on: date | None, reason: str
) -> CarePackage:
    """End a package with the council's notice, or at death; the last paid day follows the rule."""
    if not actor.may("change", CarePackage):
        raise PermissionDenied(f"{actor} may not end packages.")
    if died_on is not None and died_on < package.starts_on:
        raise ValidationError("The date of death lies before the package began.")
    days = int(rule_value(package.authority, "care.notice_days"))
    last = last_paid_day(notice_on=notice_on, notice_days=days, died_on=died_on)
    ends_on = last + timedelta(days=1)
    if ends_on <= package.starts_on:
        raise ValidationError(f"{package} begins on {package.starts_on:%d/%m/%Y}, after that.")
    with transaction.atomic():
        stored = CarePackage.objects.select_for_update().get(pk=package.pk)
        if stored.status == PackageStatus.ENDED:
            raise ValidationError(f"{package} has already ended.")
        before = {"ends_on": stored.ends_on, "reason_ended": stored.reason_ended}
        stored.ends_on, stored.reason_ended, stored.notice_on = ends_on, reason, notice_on
        stored.version += 1
        stored.save()
        Award.objects.filter(package=stored, current=True).update(ends_on=ends_on)
        after = {"ends_on": ends_on, "reason_ended": reason, "notice_on": notice_on}
        record_many(actor=actor, decisions=[Decision("end_package", stored, before, after, reason)])
    return stored
