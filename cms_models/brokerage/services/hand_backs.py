"""A provider gives a package back: refused at once, or decided, and then offered again.

The provider owes the care until the notice has run or another begins, whichever is first: the
package stays active, its award gets a last day, and its release is open beside it (transfers.py).
"""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.accounts.services import system_actor
from cms_models.audit.services import record, save_record
from cms_models.brokerage.life_domain import (
    evidence_refusal,
    hand_back_ends_on,
    last_day_owed,
    not_allowed_words,
    reason_allowed,
)
from cms_models.brokerage.models import (
    HandBack,
    HandBackReason,
    HandBackState,
    ReviewKind,
    Route,
)
from cms_models.brokerage.services.releases import release
from cms_models.brokerage.services.reviews import open_review
from cms_models.brokerage.services.transfers import award_ending, award_in_force, transfer_waiting
from cms_models.care.models import Award, CarePackage, Setting
from cms_models.fields.selectors import rule_values
from cms_models.market.models import Provider, providers_of
from cms_models.notices.models import EventKind
from cms_models.notices.services import tell


@transaction.atomic
def hand_back(
    *,
    actor: User,
    package: CarePackage,
    reason: str,
    words: str,
    evidence: tuple[str, bytes] | None,
    now: datetime,
) -> HandBack:
    """Ask to give a package back; a reason that is not allowed is refused at once, and kept.

    Then the obligation continues and the contract managers have a task (AL-12). Otherwise a
    contract manager decides. Done by the provider itself, or by staff in its name.
    """
    award = _award_of(actor, package)
    rules = rule_values(package.authority, on=timezone.localdate(now))
    _refuse_incomplete(award, reason, words, evidence, rules)
    row = HandBack(
        authority=package.authority,
        package=package,
        award=award,
        provider=award.provider,
        reason=reason,
        words=words.strip(),
        evidence_name=evidence[0] if evidence else "",
        evidence=evidence[1] if evidence else None,
        state=HandBackState.SUBMITTED,
        submitted_by=actor,
        submitted_at=now,
    )
    if not reason_allowed(reason, rules=rules):
        return _refused_at_once(actor, row, now, days=int(rules["brokerage.review_days"]))
    return _kept(actor, row)


def _award_of(actor: User, package: CarePackage) -> Award:
    """Return the award that would be given back; refused for whoever does not deliver it."""
    award = award_in_force(package)
    if award is None or award.authority_id != actor.authority_id:
        raise ValidationError(f"Nobody delivers {package}: there is nothing to hand back.")
    if award.provider_id not in providers_of(actor):
        actor.must("add", HandBack)
    return award


def _refuse_incomplete(
    award: Award,
    reason: str,
    words: str,
    evidence: tuple[str, bytes] | None,
    rules: dict[str, object],
) -> None:
    """Refuse a hand-back that cannot be judged, or that comes twice."""
    if reason not in HandBackReason.values:
        raise ValidationError(f"Choose a reason: {reason!r} is none of them.")
    if not words.strip():
        raise ValidationError("Say in a few words why you hand the package back.")
    refusal = evidence_refusal(*evidence) if evidence else ""
    if refusal:
        raise ValidationError(refusal)
    wanted = rules["brokerage.hand_back_evidence"] and reason_allowed(reason, rules=rules)
    if wanted and evidence is None:
        raise ValidationError("Attach a document that shows it: the contract managers need it.")
    settled = HandBack.objects.filter(award=award, state=HandBackState.ACCEPTED).first()
    if settled is not None:
        raise ValidationError(
            f"{award.package} is handed back already: you deliver it until another provider "
            f"begins, or to the end of {_last_day(settled):%d/%m/%Y}."
        )
    if award.ends_on is not None and transfer_waiting(award.package):
        raise ValidationError(f"{award.package} goes to another provider already.")


def _last_day(settled: HandBack) -> date:
    return last_day_owed(settled.ends_on or timezone.localdate(settled.submitted_at))


def _kept(actor: User, row: HandBack) -> HandBack:
    try:
        with transaction.atomic():
            save_record(actor=actor, record_=row, expected_version=None)
    except IntegrityError as twice:
        raise ValidationError(
            f"{row.package} is handed back already and waits for the council's decision."
        ) from twice
    _say(actor, row, "hand_back", row.words)
    return row


def _refused_at_once(actor: User, row: HandBack, now: datetime, *, days: int) -> HandBack:
    """Keep it as not allowed, tell the provider, and put it before the contract managers."""
    row.state, row.decided_at = HandBackState.REFUSED_AT_ONCE, now
    row.decision_words = not_allowed_words(row.get_reason_display())
    save_record(actor=actor, record_=row, expected_version=None)
    _say(actor, row, "hand_back_not_allowed", row.words)
    words = (
        f"For the contract managers: {row.provider} wants to hand {row.package} back, "
        f"“{row.get_reason_display()}”, which is not an allowed reason. It goes on delivering."
    )
    open_review(
        actor=actor,
        package=row.package,
        kind=str(ReviewKind.HAND_BACK),
        words=words,
        on=timezone.localdate(now),
        days=days,
    )
    _tell(actor, row)
    return row


def _say(actor: User, row: HandBack, action: str, reason: str) -> None:
    """Put what happened into the package's own history."""
    after = {
        "hand_back": row.get_reason_display(),
        "provider": row.provider.name,
        "hand_back_state": row.get_state_display(),
    }
    if row.ends_on is not None:
        after["delivers_until"] = row.ends_on.isoformat()
    record(actor=actor, action=action, subject=row.package, after=after, reason=reason)


def _tell(actor: User, row: HandBack) -> None:
    payload = {"hand_back": str(row.public_id), "state": row.state}
    if row.ends_on is not None:
        payload["ends_on"] = row.ends_on.isoformat()
    tell(
        actor=actor,
        provider=row.provider,
        kind=EventKind(EventKind.HAND_BACK_DECIDED),
        package=row.package,
        payload=payload,
    )


@transaction.atomic
def decide_hand_back(
    *, actor: User, hand_back: HandBack, accept: bool, words: str, now: datetime
) -> HandBack:
    """Accept a hand-back, so that its notice runs and the package is on offer again, or refuse it.

    For whoever manages the provider's contract (AL-13): the notice counts from the day after.
    """
    actor.must("change", HandBack)
    actor.must("change", Provider)
    row = _waiting(hand_back)
    if row.authority_id != actor.authority_id:
        raise PermissionDenied(f"{row} belongs to another council.")
    if not words.strip():
        raise ValidationError("Say why: the provider is told, and the reason is kept.")
    row.state = HandBackState.ACCEPTED if accept else HandBackState.REFUSED
    row.decided_by, row.decided_at, row.decision_words = actor, now, words.strip()
    if accept:
        row.ends_on = _notice_runs(row, timezone.localdate(now))
    save_record(actor=actor, record_=row, expected_version=row.version, reason=words)
    action = "hand_back_accepted" if accept else "hand_back_refused"
    _say(actor, row, action, words)
    _tell(actor, row)
    if accept:
        _offer_again(row, now)
    return row


def _waiting(hand_back: HandBack) -> HandBack:
    rows = HandBack.objects.select_for_update(of=("self",))
    row = rows.select_related("package__authority", "award", "provider").get(pk=hand_back.pk)
    if row.state != HandBackState.SUBMITTED:
        raise ValidationError(f"This hand-back is {row.get_state_display().lower()} already.")
    return row


def _notice_runs(row: HandBack, today: date) -> date:
    """Give the award its last day, and return the first on which the care is not owed."""
    if not row.award.current:
        raise ValidationError(f"{row.provider} does not deliver {row.package} any more.")
    days = int(rule_values(row.authority, on=today)["brokerage.hand_back_notice_days"])
    ends_on = hand_back_ends_on(
        accepted_on=today, notice_days=days, care_ends_on=row.package.ends_on
    )
    Award.objects.filter(pk=row.award_id).update(ends_on=ends_on)
    return ends_on


def _offer_again(row: HandBack, now: datetime) -> None:
    """Release the package again; where that cannot be done by itself, a task says why.

    The machine releases: who accepts a hand-back need not be a broker. The reason names no one.
    """
    if award_ending(row.package) is None:
        return
    machine = system_actor(authority=row.authority)
    route = Route.TIERS if row.package.setting == Setting.HOME else Route.HOMES
    try:
        with transaction.atomic():
            row.release = release(
                actor=machine,
                package=row.package,
                route=str(route),
                now=now,
                reason="Handed back by its provider",
            )
    except ValidationError as refusal:
        _ask_for_release(machine, row, now, refusal)
        return
    save_record(actor=machine, record_=row, expected_version=row.version)


def _ask_for_release(machine: User, row: HandBack, now: datetime, refusal: ValidationError) -> None:
    words = (
        f"For the brokers: {row.package} is handed back and could not be offered again by "
        f"itself. {' '.join(refusal.messages)}"
    )
    open_review(
        actor=machine,
        package=row.package,
        kind=str(ReviewKind.HAND_BACK),
        words=words,
        on=timezone.localdate(now),
        days=0,
    )


@transaction.atomic
def withdraw_hand_back(*, actor: User, hand_back: HandBack, now: datetime) -> HandBack:
    """Take a hand-back back before it is decided: the provider itself, or staff in its name."""
    row = _waiting(hand_back)
    if row.provider_id not in providers_of(actor):
        actor.must("change", HandBack)
    if row.authority_id != actor.authority_id:
        raise PermissionDenied(f"{row} belongs to another council.")
    row.state, row.decided_by, row.decided_at = HandBackState.WITHDRAWN, actor, now
    save_record(actor=actor, record_=row, expected_version=row.version)
    _say(actor, row, "hand_back_withdrawn", "")
    return row
