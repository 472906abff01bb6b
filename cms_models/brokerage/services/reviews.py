"""Review tasks: somebody looks at a package by a day, and says what came of it."""

from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.services import record, save_record
from cms_models.brokerage.models import ReviewKind, ReviewTask
from cms_models.care.models import Award, CarePackage
from cms_models.market.models import Provider, providers_of


def add_review(
    *,
    actor: User,
    package: CarePackage,
    kind: str,
    due_on: date,
    words: str,
    assigned_to: User | None = None,
    provider: Provider | None = None,
) -> ReviewTask:
    """Ask somebody to look at a package by a day: a person, the provider's assessor, or nobody yet.

    Only the provider that delivers the package may be asked for its trusted assessor.
    """
    actor.must("add", ReviewTask)
    if kind not in ReviewKind.values:
        raise ValidationError(f"Choose what is looked at: {kind!r} is none of the kinds.")
    delivers = Award.objects.filter(package=package, current=True, provider=provider)
    if provider is not None and not delivers.exists():
        raise ValidationError(f"{provider} does not deliver {package}: ask the one that does.")
    if kind == ReviewKind.TRUSTED_ASSESSOR and provider is None:
        raise ValidationError("A trusted assessor works for a provider: name it.")
    return _written(actor, package, kind, due_on, words, assigned_to, provider)


def _written(
    actor: User,
    package: CarePackage,
    kind: str,
    due_on: date,
    words: str,
    assigned_to: User | None = None,
    provider: Provider | None = None,
) -> ReviewTask:
    if assigned_to is not None and assigned_to.authority_id != package.authority_id:
        raise PermissionDenied(f"{assigned_to} works for another council.")
    row = ReviewTask(
        authority=package.authority,
        package=package,
        kind=kind,
        words=words,
        due_on=due_on,
        assigned_to=assigned_to,
        provider=provider,
    )
    save_record(actor=actor, record_=row, expected_version=None)
    return row


def open_review(
    *, actor: User, package: CarePackage, kind: str, words: str, on: date, days: int
) -> ReviewTask:
    """Make the task that follows from something done, or say more in the one still open.

    Whoever did it needs no right to make tasks: a provider that hands back makes one too.
    """
    still_open = ReviewTask.objects.filter(package=package, kind=kind, done_at=None).first()
    if still_open is None:
        return _written(actor, package, kind, on + timedelta(days=days), words)
    still_open.words = f"{still_open.words}\n{words}" if still_open.words else words
    return save_record(actor=actor, record_=still_open, expected_version=still_open.version)


@transaction.atomic
def complete_review(*, actor: User, task: ReviewTask, outcome: str, now: datetime) -> ReviewTask:
    """Say what came of a task: staff of any, a provider of its own."""
    if task.provider_id is None or task.provider_id not in providers_of(actor):
        actor.must("change", ReviewTask)
    if task.authority_id != actor.authority_id:
        raise PermissionDenied(f"{task} belongs to another council.")
    if not outcome.strip():
        raise ValidationError("Say what came of it: the outcome is kept with the task.")
    done = ReviewTask.objects.filter(pk=task.pk, done_at=None).update(
        done_at=now, done_by=actor, outcome=outcome, version=task.version + 1
    )
    if not done:
        raise ValidationError(f"“{task}” is done already; open it to see what came of it.")
    record(
        actor=actor,
        action="complete_review",
        subject=task,
        before={"done_at": None, "done_by_id": None, "outcome": ""},
        after={"done_at": now, "done_by_id": actor.pk, "outcome": outcome},
        reason=outcome,
    )
    task.refresh_from_db()
    return task
