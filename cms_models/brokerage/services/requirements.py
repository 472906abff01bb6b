"""What a package asks for: stated, approved where it is dear, decided where it is large."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role
from cms_models.audit.services import record, save_record
from cms_models.brokerage.domain import QuestionTerms, text_refusal
from cms_models.brokerage.free_text import personal_data_in
from cms_models.brokerage.models import OfferQuestion, OwnDecision, Requirement, Urgency
from cms_models.brokerage.selectors import open_release, requirement_of
from cms_models.care.models import CarePackage
from cms_models.notices.models import EventKind
from cms_models.notices.services import tell

LISTS = {
    "must_haves": "Must have",
    "nice_to_haves": "Nice to have",
    "needs": "Needs",
    "outcomes": "Outcomes",
}
MOST_LINES, LONGEST_LINE = 30, 300
FIELDS = frozenset({*LISTS, "urgency", "start_by"})


def set_requirement(
    *, actor: User, package: CarePackage, values: Mapping[str, Any], expected_version: int | None
) -> Requirement:
    """State what a package asks for; while it is open, whoever was asked is told of the change."""
    actor.must("change", Requirement)
    require_own(actor, package)
    row = requirement_of(package)
    for name, value in _checked(values).items():
        setattr(row, name, value)
    # A new row has the version None expects; somebody else may have made the first one meanwhile.
    version = None if row.pk is None else (expected_version or 0)
    with transaction.atomic():
        release = open_release(package)
        if release is not None:
            refuse_personal_data(package, requirement_texts(row))
        before = row.version
        saved: Requirement = save_record(actor=actor, record_=row, expected_version=version)
        if release is not None and saved.version != before:
            for invitation in release.invitations.filter(state__in=("open", "offered")):
                tell(
                    actor=actor,
                    provider=invitation.provider,
                    kind=EventKind(EventKind.PACKAGE_CHANGED),
                    package=package,
                )
    return saved


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    unknown = sorted(set(values) - FIELDS)
    if unknown:
        raise ValidationError(f"{unknown[0]!r} is not part of a requirement.")
    found = dict(values)
    for name, title in LISTS.items():
        if name in found:
            found[name] = _lines(found[name], title)
    if "urgency" in found and found["urgency"] not in Urgency.values:
        raise ValidationError(f"Urgency is one of {', '.join(Urgency.values)}.")
    start_by = found.get("start_by")
    if start_by is not None and not isinstance(start_by, date):
        raise ValidationError("The last day care may begin is a date.")
    return found


def _lines(value: Any, title: str) -> list[str]:
    if not isinstance(value, list | tuple) or any(not isinstance(one, str) for one in value):
        raise ValidationError(f"{title}: a list of sentences is needed.")
    lines = [line for line in (" ".join(one.split()) for one in value) if line]
    if len(lines) > MOST_LINES:
        raise ValidationError(f"{title}: at most {MOST_LINES} lines, not {len(lines)}.")
    require_keepable("".join(lines))
    long = next((line for line in lines if len(line) > LONGEST_LINE), None)
    if long is not None:
        raise ValidationError(
            f"{title}: a line has at most {LONGEST_LINE} characters: “{long[:40]}…” is longer."
        )
    return lines


def set_offer_questions(
    *, actor: User, requirement: Requirement, questions: Sequence[QuestionTerms]
) -> list[OfferQuestion]:
    """Set the questions every offer answers, in order; while a package is open they stay."""
    actor.must("change", OfferQuestion)
    require_own(actor, requirement.package)
    if open_release(requirement.package) is not None:
        raise ValidationError(
            f"{requirement.package} is open to providers with its questions: withdraw the release "
            "to ask others."
        )
    with transaction.atomic():
        stored = {str(row.public_id): row for row in requirement.offer_questions.all()}
        before = [_told(row) for row in stored.values()]
        kept = []
        for order, terms in enumerate(questions):
            row = stored.get(terms.public_id or "") or OfferQuestion(
                authority_id=requirement.authority_id, requirement=requirement
            )
            row.order, row.text = order, " ".join(terms.text.split())
            row.scored, row.most_points = terms.scored, terms.most_points
            _refuse_question(row)
            row.save()
            kept.append(row)
        requirement.offer_questions.exclude(pk__in=[row.pk for row in kept]).delete()
        after = [_told(row) for row in kept]
        if before != after:
            record(
                actor=actor,
                action="set_offer_questions",
                subject=requirement.package,
                before={"questions": before},
                after={"questions": after},
            )
    return kept


def _refuse_question(row: OfferQuestion) -> None:
    require_keepable(row.text)
    if row.scored and not row.most_points:
        raise ValidationError(f"“{row.text}” is scored: say how many points it gives at most.")
    if not row.scored and row.most_points is not None:
        raise ValidationError(f"“{row.text}” is not scored and gives no points.")
    row.full_clean(exclude=["authority", "requirement"])


def _told(row: OfferQuestion) -> str:
    return f"{row.text} ({row.most_points:f} points)" if row.most_points else row.text


def approve_budget(
    *, actor: User, package: CarePackage, reason: str, pence: int | None = None
) -> Requirement:
    """Approve a package's weekly cost, or another where it has no price of its own yet."""
    actor.must("change", Requirement)
    require_own(actor, package)
    _require_person(actor)
    approved = package.weekly_pence if pence is None else pence
    if approved is None:
        raise ValidationError(f"{package} has no price yet: say which weekly cost you approve.")
    if approved <= 0:
        raise ValidationError("The weekly cost that is approved lies above £0.00.")
    require_reason(reason, "Say why the cost is approved: the reason is kept.")
    row = requirement_of(package)
    row.approved_pence, row.approved_by = approved, actor
    row.approved_at, row.approval_reason = timezone.now(), reason.strip()
    return _kept(actor, row, "approve_budget", reason, {"approved_pence": approved})


def decide_individually(
    *, actor: User, package: CarePackage, decision: str, reason: str
) -> Requirement:
    """Decide on the pathway of a flagged package as it is now (AL-06, AL-07)."""
    actor.must("change", Requirement)
    require_own(actor, package)
    _require_person(actor)
    if not package.decisions_needed:
        raise ValidationError(f"{package} needs no individual decision.")
    if decision not in OwnDecision.values:
        raise ValidationError(f"The decision is one of {', '.join(OwnDecision.values)}.")
    require_reason(reason, "Say why: the reason is kept with the decision.")
    row = requirement_of(package)
    row.own_decision, row.own_decision_reason = decision, reason.strip()
    row.own_decision_minutes, row.own_decision_by = package.weekly_minutes, actor
    after = {"decision": decision, "weekly_minutes": package.weekly_minutes}
    return _kept(actor, row, "decide_individually", reason, after)


def _kept(
    actor: User, row: Requirement, action: str, reason: str, after: Mapping[str, Any]
) -> Requirement:
    with transaction.atomic():
        if row.pk is not None:
            row.version += 1
        row.save()
        record(actor=actor, action=action, subject=row.package, after=after, reason=reason)
    return row


def _require_person(actor: User) -> None:
    if actor.role == Role.SYSTEM:
        raise PermissionDenied("This is for a person to decide.")


def require_reason(reason: str, words: str) -> None:
    """Refuse an empty reason in the words given, and one that cannot be kept."""
    if not reason.strip():
        raise ValidationError(words)
    require_keepable(reason)


def require_keepable(text: str) -> None:
    """Refuse words with a character that no database takes."""
    refusal = text_refusal(text)
    if refusal:
        raise ValidationError(refusal)


def require_own(actor: User, package: CarePackage) -> None:
    """Refuse a package of another council."""
    if package.authority_id != actor.authority_id:
        raise PermissionDenied("That package belongs to another council.")


def requirement_texts(row: Requirement) -> Iterator[tuple[str, str]]:
    """Yield (field, text) for everything of a requirement that providers would read."""
    for name, title in LISTS.items():
        for line in getattr(row, name):
            yield title, line
    if row.pk is not None:
        for question in row.offer_questions.all():
            yield "Question", question.text


def refuse_personal_data(package: CarePackage, texts: Iterator[tuple[str, str]]) -> None:
    """Refuse the council's texts for providers that could tell who the person is, in words."""
    person = package.person
    _refuse_found(texts, names=(person.first_name, person.last_name))


def refuse_providers_words(texts: Iterator[tuple[str, str]]) -> None:
    """Refuse what looks like personal data in a provider's own words.

    Whether a name in them is the person's is not looked at: the refusal would tell a guesser.
    """
    _refuse_found(texts, names=())


def _refuse_found(texts: Iterator[tuple[str, str]], *, names: Sequence[str]) -> None:
    found = [
        f"{title}: {sentence} Take it out: providers read this before an award."
        for title, text in texts
        for sentence in personal_data_in(text, names=names)
    ]
    if found:
        raise ValidationError(found)
