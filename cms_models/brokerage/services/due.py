"""What begins or ends by itself in a package's life when its day has come."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from cms_models.accounts.models import Authority, User
from cms_models.accounts.services import system_actor
from cms_models.audit.services import record
from cms_models.brokerage.models import HandBack, HandBackState, Suspension, Transfer
from cms_models.brokerage.services.transfers import RUNNING, begin_transfer
from cms_models.care.models import Award, CarePackage, PackageStatus
from cms_models.care.services.registration import Resolver


def begin_due(authority: Authority, today: date, now: datetime | None = None) -> int:
    """Begin and end what has its day by today; returns how many packages moved.

    Transfers, notices of hand-backs that ran out with nobody to follow, suspensions, care that
    resumes, amended weeks, and endings. Doing it twice on a day changes nothing the second time.
    """
    moment = now or timezone.now()
    actor = system_actor(authority=authority)
    with transaction.atomic():
        return sum(
            (
                _transfers_begin(actor, today, moment),
                _packages_end(actor, today),
                _notices_run_out(actor, today),
                _suspensions_begin(actor, today),
                _care_resumes(actor, today),
                _amendments_begin(actor, today),
            )
        )


def _transfers_begin(actor: User, today: date, now: datetime) -> int:
    due = Transfer.objects.filter(
        authority=actor.authority, begun_at=None, cancelled_at=None, on__lte=today
    ).select_related("package", "from_award__provider", "to_provider")
    moved = 0
    for waiting in due:
        if waiting.package.status in RUNNING:
            begin_transfer(actor, waiting, now)
            moved += 1
    return moved


def _packages_end(actor: User, today: date) -> int:
    """End packages whose last day has gone by, where the notice was given in Homeward."""
    due = CarePackage.objects.filter(
        authority=actor.authority, ends_on__lte=today, notice_on__isnull=False
    ).exclude(status=PackageStatus.ENDED)
    for package in due:
        Award.objects.filter(package=package, current=True).update(current=False)
        set_status(actor, package, str(PackageStatus.ENDED), action="care_ended")
    return len(due)


def _notices_run_out(actor: User, today: date) -> int:
    """Leave a package without a provider when an accepted hand-back's notice is over."""
    over = (
        HandBack.objects.filter(
            authority=actor.authority,
            state=HandBackState.ACCEPTED,
            ends_on__lte=today,
            award__current=True,
            package__status__in=RUNNING,
        )
        .exclude(package__ends_on__lte=today)
        .select_related("package", "award__provider")
    )
    for row in over:
        Award.objects.filter(pk=row.award_id).update(current=False)
        set_status(
            actor,
            row.package,
            str(PackageStatus.REFERRED),
            action="notice_ran_out",
            before={"provider": row.award.provider.name},
            after={"provider": None},
        )
    return len(over)


def _suspensions_begin(actor: User, today: date) -> int:
    due = CarePackage.objects.filter(
        Q(suspensions__ends_on=None) | Q(suspensions__ends_on__gt=today),
        authority=actor.authority,
        status=PackageStatus.ACTIVE,
        suspensions__over=False,
        suspensions__starts_on__lte=today,
    ).distinct()
    return _set_all(actor, due, str(PackageStatus.SUSPENDED), action="suspension_began")


def _care_resumes(actor: User, today: date) -> int:
    over = list(
        Suspension.objects.filter(
            authority=actor.authority, over=False, ends_on__lte=today
        ).select_related("package")
    )
    Suspension.objects.filter(pk__in=[row.pk for row in over]).update(over=True)
    paused = [row.package for row in over if row.package.status == PackageStatus.SUSPENDED]
    return _set_all(actor, paused, str(PackageStatus.ACTIVE), action="care_resumed")


def _set_all(actor: User, packages: Iterable[CarePackage], status: str, *, action: str) -> int:
    found = list(packages)
    for package in found:
        set_status(actor, package, status, action=action)
    return len(found)


def set_status(
    actor: User,
    package: CarePackage,
    status: str,
    *,
    action: str,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    reason: str = "",
) -> None:
    """Set where a package stands, with its audit entry."""
    was = {"status": package.status, **(before or {})}
    package.status, package.version = status, package.version + 1
    package.save(update_fields=["status", "version", "updated_at"])
    becomes = {"status": status, **(after or {})}
    record(actor=actor, action=action, subject=package, before=was, after=becomes, reason=reason)


def _amendments_begin(actor: User, today: date) -> int:
    """Resolve and price the packages whose amended week begins by today."""
    due = list(
        CarePackage.objects.filter(
            authority=actor.authority,
            patterns__valid_to=None,
            patterns__valid_from__lte=today,
            patterns__valid_from__gt=F("priced_on"),
        )
        .exclude(status=PackageStatus.ENDED)
        .select_related("zone", "lot")
        .distinct()
    )
    if not due:
        return 0
    resolver = Resolver(actor.authority, on=today)
    for package in due:
        resolve_week(actor, package, resolver)
    return len(due)


def resolve_week(actor: User, package: CarePackage, resolver: Resolver) -> None:
    """Resolve a package by the week that begins by the resolver's day, with its audit entry."""
    week = package.patterns.filter(valid_to=None, valid_from__lte=resolver.on)
    before = {"weekly_minutes": package.weekly_minutes, "weekly_pence": package.weekly_pence}
    resolver.resolve(package, pattern=sorted(row.clause for row in week))
    package.version += 1
    package.save()
    after = {"weekly_minutes": package.weekly_minutes, "weekly_pence": package.weekly_pence}
    if before != after:
        record(actor=actor, action="amendment_began", subject=package, before=before, after=after)
