"""A package after its award: its week amended, its care suspended and resumed."""

import copy
from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.audit.services import (
    NothingChanged,
    StaleEdit,
    delete_record,
    picture,
    record,
    save_record,
)
from cms_models.brokerage.life_domain import (
    Pause,
    amendment_refusal,
    asks_again,
    first_unpaid_day,
    suspension_refusal,
)
from cms_models.brokerage.models import (
    Invitation,
    InvitationState,
    ReviewKind,
    Suspension,
    SuspensionReason,
)
from cms_models.brokerage.services.due import begin_due, set_status
from cms_models.brokerage.services.reviews import add_review, complete_review, open_review
from cms_models.brokerage.services.transfers import (
    RUNNING,
    award_in_force,
    cancel_transfer,
    transfer,
)
from cms_models.care.models import CarePackage, PackageStatus, Setting, VisitPattern
from cms_models.care.patterns import Clause, pattern_text
from cms_models.care.selectors import week_on
from cms_models.care.services.registration import Resolver
from cms_models.fields.selectors import rule_value
from cms_models.market.models import Provider
from cms_models.notices.models import EventKind
from cms_models.notices.services import tell

__all__ = [
    "add_review",
    "amend_package",
    "begin_due",
    "cancel_transfer",
    "complete_review",
    "resume",
    "suspend",
    "transfer",
]


@transaction.atomic
def amend_package(
    *,
    actor: User,
    package: CarePackage,
    pattern: Sequence[Clause],
    skills: Sequence[str],
    from_day: date,
    reason: str,
    expected_version: int,
    today: date | None = None,
) -> CarePackage:
    """Give a package another week from a day on, priced and placed again; nobody is re-routed.

    The old patterns end that day and the new ones begin. Skills are the package's own and change
    at once. A later day's price is worked out when it comes. A week that now needs an individual
    decision makes a task of it (AL-08). StaleEdit when somebody saved in between (BR-10).
    """
    actor.must("change", CarePackage)
    today = today or timezone.localdate()
    stored = _held(package, expected_version)
    _refuse_amendment(stored, pattern, from_day, reason, today)
    before = _week_said(stored, from_day)
    if before == {**before, "pattern": pattern_text(pattern), "skills": sorted({*skills})}:
        raise NothingChanged(f"{stored} has this week already: nothing was amended.")
    was_asked = list(stored.decisions_needed)
    needed = _write_week(actor, stored, sorted(pattern), sorted({*skills}), from_day, today)
    stored = _read(package)
    after = {**_week_said(stored, from_day), "amended_from": from_day}
    record(actor=actor, action="amend", subject=stored, before=before, after=after, reason=reason)
    if asks_again(was_asked, needed):
        _ask_for_decision(actor, stored, needed, today)
    _tell_of_amendment(actor, stored, from_day)
    return stored


def _held(package: CarePackage, expected_version: int) -> CarePackage:
    """Return the package as stored now, locked; refused when it is not the version seen."""
    CarePackage.objects.select_for_update().get(pk=package.pk)
    stored = _read(package)
    if stored.version != expected_version:
        raise StaleEdit(record=stored, theirs=picture(stored))
    return stored


def _read(package: CarePackage) -> CarePackage:
    rows = CarePackage.objects.select_related("authority", "zone", "lot")
    return rows.prefetch_related("patterns").get(pk=package.pk)


def _refuse_amendment(
    package: CarePackage, pattern: Sequence[Clause], from_day: date, reason: str, today: date
) -> None:
    if package.status == PackageStatus.ENDED:
        raise ValidationError(f"{package} has ended: it has no week to amend.")
    if package.setting != Setting.HOME:
        raise ValidationError(f"{package} is a place in a care home: it has no week of visits.")
    if not pattern:
        raise ValidationError("The new week is empty: suspend or end the package instead.")
    if not reason.strip():
        raise ValidationError("Say why the week changes: the reason is kept.")
    refusal = amendment_refusal(
        from_day=from_day,
        today=today,
        care_starts_on=package.starts_on,
        care_ends_on=package.ends_on,
    )
    if refusal:
        raise ValidationError(refusal)


def _week_said(package: CarePackage, day: date) -> dict[str, object]:
    """Return a package's week of a day as the audit keeps it."""
    return {
        "pattern": pattern_text(row.clause for row in week_on(package, on=day)),
        "skills": sorted(package.skills),
        "weekly_minutes": package.weekly_minutes,
        "weekly_pence": package.weekly_pence,
        "lot": package.lot.code if package.lot else None,
        "zone": package.zone.code if package.zone else None,
    }


def _write_week(
    actor: User,
    package: CarePackage,
    pattern: Sequence[Clause],
    skills: Sequence[str],
    from_day: date,
    today: date,
) -> list[str]:
    """End the old patterns, begin the new ones; return why the new week needs a decision."""
    rows = VisitPattern.objects.filter(Q(valid_to=None) | Q(valid_to__gt=from_day), package=package)
    # What was to begin later never does; what runs ends on the day.
    rows.filter(valid_from__gte=from_day).update(valid_to=F("valid_from"))
    rows.filter(valid_from__lt=from_day).update(valid_to=from_day)
    VisitPattern.objects.bulk_create(
        VisitPattern(package=package, valid_from=from_day, **_columns(one)) for one in pattern
    )
    resolved = package if from_day <= max(today, package.starts_on) else copy.copy(package)
    Resolver(package.authority, on=max(today, from_day)).resolve(resolved, pattern=pattern)
    package.skills, package.version = list(skills), package.version + 1
    package.save()
    return list(resolved.decisions_needed)


def _columns(one: Clause) -> dict[str, object]:
    return {**one.__dict__, "weekdays": list(one.weekdays), "skills": list(one.skills)}


def _ask_for_decision(
    actor: User, package: CarePackage, needed: Sequence[str], today: date
) -> None:
    words = f"After an amendment: {'; '.join(needed)}. The provider stays until this is decided."
    days = int(rule_value(package.authority, "brokerage.review_days"))
    open_review(
        actor=actor,
        package=package,
        kind=str(ReviewKind.OVER_LIMIT),
        words=words,
        on=today,
        days=days,
    )


def _tell_of_amendment(actor: User, package: CarePackage, from_day: date) -> None:
    """Tell who delivers, and who is asked about the package at the moment."""
    payload = {"from": from_day.isoformat()}
    award = award_in_force(package)
    if award is not None:
        _tell(actor, award.provider, str(EventKind.PACKAGE_AMENDED), package, payload)
    asked = Invitation.objects.filter(
        release__package=package,
        state__in=[InvitationState.OPEN, InvitationState.OFFERED],
    ).select_related("provider")
    for invitation in asked:
        _tell(actor, invitation.provider, str(EventKind.PACKAGE_CHANGED), package, {})


def _tell(
    actor: User,
    provider: Provider,
    kind: str,
    package: CarePackage,
    payload: dict[str, str],
) -> None:
    tell(actor=actor, provider=provider, kind=EventKind(kind), package=package, payload=payload)


def _tell_provider(actor: User, package: CarePackage, kind: str, payload: dict[str, str]) -> None:
    award = award_in_force(package)
    if award is not None:
        _tell(actor, award.provider, kind, package, payload)


def _locked(package: CarePackage) -> CarePackage:
    return CarePackage.objects.select_for_update().get(pk=package.pk)


@transaction.atomic
def suspend(
    *,
    actor: User,
    package: CarePackage,
    starts_on: date,
    reason: str,
    words: str,
    ends_on: date | None = None,
    today: date | None = None,
) -> Suspension:
    """Pause a package's care from a day, with or without a first day of care again.

    A past day is allowed: a hospital tells the day after. The status is suspended from the day;
    visits inside are not planned and, after the days the rule pays, not paid.
    """
    actor.must("add", Suspension)
    today = today or timezone.localdate()
    stored = _locked(package)
    if stored.status not in RUNNING:
        raise ValidationError(
            f"{stored} is {stored.get_status_display().lower()}: only care that is given can be "
            "suspended."
        )
    if reason not in SuspensionReason.values:
        raise ValidationError(f"Choose why care pauses: {reason!r} is none of the reasons.")
    pause = Pause(starts_on, ends_on)
    others = [Pause(row.starts_on, row.ends_on) for row in stored.suspensions.all()]
    refusal = suspension_refusal(
        pause, others=others, care_starts_on=stored.starts_on, care_ends_on=stored.ends_on
    )
    if refusal:
        raise ValidationError(refusal)
    row = Suspension(
        authority=stored.authority,
        package=stored,
        starts_on=starts_on,
        ends_on=ends_on,
        reason=reason,
        words=words,
        over=ends_on is not None and ends_on <= today,
    )
    save_record(actor=actor, record_=row, expected_version=None)
    _say_suspended(actor, stored, row, pause.covers(today))
    return row


def _say_suspended(actor: User, package: CarePackage, row: Suspension, now_paused: bool) -> None:
    """Set the status where the day has come, and tell the provider."""
    days = int(rule_value(package.authority, "brokerage.suspension_paid_days"))
    unpaid = first_unpaid_day(Pause(row.starts_on, row.ends_on), paid_days=days)
    why = row.get_reason_display()
    set_status(
        actor,
        package,
        str(PackageStatus.SUSPENDED) if now_paused else package.status,
        action="suspend",
        after={
            "suspended_from": row.starts_on,
            "care_again_on": row.ends_on,
            "first_unpaid_day": unpaid,
        },
        reason=f"{why}: {row.words}" if row.words else why,
    )
    payload = {"from": row.starts_on.isoformat()}
    if row.ends_on is not None:
        payload["until"] = row.ends_on.isoformat()
    _tell_provider(actor, package, str(EventKind.PACKAGE_SUSPENDED), payload)


@transaction.atomic
def resume(
    *,
    actor: User,
    package: CarePackage,
    on: date,
    reason: str = "",
    review: bool = False,
    today: date | None = None,
) -> CarePackage:
    """Let care begin again on a day; with `review`, somebody looks at the package by then.

    On the first day of the suspension or before, the suspension is taken back.
    """
    actor.must("change", Suspension)
    today = today or timezone.localdate()
    stored = _locked(package)
    row = suspension_to_end(stored, today=today)
    if row is None and stored.status != PackageStatus.SUSPENDED:
        raise ValidationError(f"{stored} is not suspended: there is nothing to resume.")
    if row is None:
        row = _stated_elsewhere(actor, stored, on, today)
    elif on <= row.starts_on:
        delete_record(actor=actor, record_=row, reason=reason)
    else:
        row.ends_on, row.over = on, on <= today
        save_record(actor=actor, record_=row, expected_version=row.version, reason=reason)
    resumed = on <= today and stored.status == PackageStatus.SUSPENDED
    set_status(
        actor,
        stored,
        str(PackageStatus.ACTIVE) if resumed else stored.status,
        action="resume",
        after={"care_again_on": on},
        reason=reason,
    )
    if review:
        words = "Look at the care before it begins again."
        add_review(
            actor=actor, package=stored, kind=str(ReviewKind.AFTER_HOSPITAL), due_on=on, words=words
        )
    _tell_provider(actor, stored, str(EventKind.PACKAGE_RESUMED), {"on": on.isoformat()})
    return stored


def suspension_to_end(package: CarePackage, *, today: date) -> Suspension | None:
    """Return the suspension that runs or comes next, None where there is none."""
    rows = Suspension.objects.filter(package=package, over=False)
    coming = rows.filter(Q(ends_on=None) | Q(ends_on__gt=today))
    return coming.order_by("starts_on").first()


def _stated_elsewhere(
    actor: User, package: CarePackage, on: date, today: date
) -> Suspension | None:
    """Keep when the care resumes of a package that the case system suspended on its own."""
    if on <= today:
        return None
    row = Suspension(
        authority=package.authority,
        package=package,
        starts_on=today,
        ends_on=on,
        reason=SuspensionReason.OTHER,
        words="Suspended in the case system",
    )
    save_record(actor=actor, record_=row, expected_version=None)
    return row
