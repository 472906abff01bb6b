"""A package from one provider to another on a day, and what begins by itself when its day comes.

While a package has a provider its status stays active or suspended, also when that provider is to
go: an accepted hand-back gives the award its last day (`Award.ends_on`), and from then on the
package may be released and awarded again although it is not "referred". The award made then is not
in force yet: it waits as a `Transfer` for the day the present one ends, so that one award a package
is in force at any time and the person is never without a provider. `award_ending` is the test for
"may be offered again", `succeed` makes the waiting award.
"""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.audit.services import picture, record, save_record
from cms_models.brokerage.life_domain import transfer_refusal
from cms_models.brokerage.models import (
    Release,
    ReleaseState,
    Transfer,
)
from cms_models.brokerage.services.files import seal_award
from cms_models.care.models import Award, AwardSource, CarePackage, PackageStatus
from cms_models.care.services.awards import AlreadyPlaced
from cms_models.care.services.placements import price_placement
from cms_models.market.models import Lot, Provider, ProviderState
from cms_models.notices.models import EventKind
from cms_models.notices.services import tell

RUNNING = (PackageStatus.ACTIVE, PackageStatus.SUSPENDED)


def award_in_force(package: CarePackage) -> Award | None:
    """Return the award in force of a package, read afresh."""
    found = Award.objects.filter(package=package, current=True)
    return found.select_related("provider", "lot").first()


def award_ending(package: CarePackage) -> Award | None:
    """Return the award in force that ends before the care does, so that another must follow.

    None where nobody is to follow, or somebody is settled already.
    """
    award = award_in_force(package)
    if award is None or award.ends_on is None or package.status not in RUNNING:
        return None
    if package.ends_on is not None and package.ends_on <= award.ends_on:
        return None
    return None if transfer_waiting(package) else award


def transfer_waiting(package: CarePackage) -> Transfer | None:
    """Return the transfer that waits for its day."""
    waiting = Transfer.objects.filter(package=package, begun_at=None, cancelled_at=None)
    return waiting.select_related("to_provider", "to_award", "from_award__provider").first()


@transaction.atomic
def transfer(
    *,
    actor: User,
    package: CarePackage,
    to_provider: Provider,
    on: date,
    reason: str,
    now: datetime,
) -> Transfer:
    """Give a package to another provider from a day on: today or later, with the reason.

    Both providers are told; on a later day it waits, and may be cancelled until then. Refused
    while the package is on offer: those who were asked are answered first.
    """
    actor.must("add", Transfer)
    actor.must("add", Award)
    if Release.objects.filter(package=package, state=ReleaseState.OPEN).exists():
        raise ValidationError(
            f"{package} is on offer: award one of the offers, or withdraw the release first."
        )
    award = succeed(
        actor=actor,
        package=package,
        provider=to_provider,
        lot=package.lot,
        reason=reason,
        now=now,
        on=on,
    )
    record(
        actor=actor,
        action="transfer_decided",
        subject=award.package,
        after={"provider": award.provider.name, "first_day_with_it": on, **picture(award)},
        reason=reason,
    )
    seal_award(actor=actor, award=award, release=None, now=now)
    return award.transfer


@transaction.atomic
def succeed(
    *,
    actor: User,
    package: CarePackage,
    provider: Provider,
    lot: Lot | None,
    reason: str,
    now: datetime,
    on: date | None = None,
    source: str = "",
    override: bool = False,
    agreed_pence: int | None = None,
    arrangement_fee_pence: int | None = None,
) -> Award:
    """Award a package to the provider that follows the present one, from a day on.

    Without a day it is the one on which the present award ends. One successor under any race:
    AlreadyPlaced for the second.
    """
    stored = CarePackage.objects.select_for_update().get(pk=package.pk)
    present = award_in_force(stored)
    starts_on = on or (present.ends_on if present else None)
    _refuse_successor(stored, present, provider, starts_on, reason, timezone.localdate(now))
    award = Award(
        authority=stored.authority,
        package=stored,
        provider=provider,
        lot=lot,
        source=source or AwardSource.TRANSFER,
        starts_on=starts_on,
        ends_on=stored.ends_on,
        current=False,
        reason=reason,
        override=override,
        agreed_pence=agreed_pence,
        arrangement_fee_pence=arrangement_fee_pence,
        decided_by=actor,
        decided_at=now,
    )
    waiting = _decided(actor, award, now)
    if waiting.on <= timezone.localdate(now):
        begin_transfer(actor, waiting, now)
    award.refresh_from_db()
    return award


def _refuse_successor(
    package: CarePackage,
    present: Award | None,
    provider: Provider,
    on: date | None,
    reason: str,
    today: date,
) -> None:
    """Refuse in words what cannot follow."""
    if present is None or on is None or package.status not in RUNNING:
        raise ValidationError(f"{package} has no provider it could go over from: award it.")
    if not reason.strip():
        raise ValidationError("Say why this provider: the reason is kept with the award.")
    if provider.pk == present.provider_id:
        raise ValidationError(f"{provider} delivers {package} already: choose another provider.")
    if provider.authority_id != package.authority_id or provider.state != ProviderState.ACTIVE:
        raise ValidationError(f"{provider} is {provider.get_state_display().lower()}.")
    settled = transfer_waiting(package)
    if settled is not None:
        raise AlreadyPlaced(
            f"{package} goes to {settled.to_provider} on {settled.on:%d/%m/%Y} already: cancel "
            "that first."
        )
    refusal = transfer_refusal(
        on=on, today=today, award_starts_on=present.starts_on, care_ends_on=package.ends_on
    )
    if refusal:
        raise ValidationError(refusal)


def _decided(actor: User, award: Award, now: datetime) -> Transfer:
    """Write the award that waits with its transfer, and tell both providers."""
    package, on = award.package, award.starts_on
    present = Award.objects.select_related("provider").get(package=package, current=True)
    try:
        with transaction.atomic():
            award.save()
            row = Transfer(
                authority=package.authority,
                package=package,
                from_award=present,
                to_provider=award.provider,
                to_award=award,
                on=on,
                reason=award.reason,
                decided_by=actor,
                decided_at=now,
            )
            save_record(actor=actor, record_=row, expected_version=None)
    except IntegrityError as lost:
        raise AlreadyPlaced(f"{package} got another provider meanwhile; open it again.") from lost
    _tell(actor, award.provider, str(EventKind.PACKAGE_AWARDED), package, starts_on=on)
    _tell(actor, present.provider, str(EventKind.PACKAGE_ENDED), package, ends_on=on)
    return row


def _tell(actor: User, provider: Provider, kind: str, package: CarePackage, **days: date) -> None:
    payload = {name: day.isoformat() for name, day in days.items()}
    tell(actor=actor, provider=provider, kind=EventKind(kind), package=package, payload=payload)


@transaction.atomic
def cancel_transfer(*, actor: User, waiting: Transfer, reason: str, now: datetime) -> Transfer:
    """Call off a transfer before its day: the present provider goes on, both are told."""
    actor.must("change", Transfer)
    if not reason.strip():
        raise ValidationError("Say why the transfer is called off.")
    package = waiting.package
    changed = Transfer.objects.filter(pk=waiting.pk, begun_at=None, cancelled_at=None).update(
        cancelled_at=now, cancelled_because=reason, version=F("version") + 1
    )
    if not changed:
        raise ValidationError(f"This transfer of {package} does not wait any more.")
    # The award that never began keeps its row: it was decided, and called off.
    Award.objects.filter(pk=waiting.to_award_id).update(ends_on=waiting.on)
    before = {"transfer_to": waiting.to_provider.name, "transfer_on": waiting.on}
    after = {"transfer_to": None, "transfer_on": None}
    record(
        actor=actor,
        action="cancel_transfer",
        subject=package,
        before=before,
        after=after,
        reason=reason,
    )
    _tell(actor, waiting.to_provider, str(EventKind.PACKAGE_ENDED), package, ends_on=waiting.on)
    _tell(
        actor, waiting.from_award.provider, str(EventKind.PACKAGE_RESUMED), package, on=waiting.on
    )
    waiting.refresh_from_db()
    return waiting


def begin_transfer(actor: User, waiting: Transfer, now: datetime) -> None:
    """Put the new provider's award in force and end the old one: in this order, one at a time."""
    package = waiting.package
    # Ended first: the database allows one award in force a package.
    Award.objects.filter(package=package, current=True).update(current=False, ends_on=waiting.on)
    Award.objects.filter(pk=waiting.to_award_id).update(current=True)
    price_placement(actor=actor, award=Award.objects.get(pk=waiting.to_award_id))
    Transfer.objects.filter(pk=waiting.pk).update(begun_at=now, version=F("version") + 1)
    CarePackage.objects.filter(pk=package.pk).update(version=F("version") + 1)
    record(
        actor=actor,
        action="transfer",
        subject=package,
        before={"provider": waiting.from_award.provider.name},
        after={"provider": waiting.to_provider.name, "transferred_on": waiting.on},
        reason=waiting.reason,
    )
