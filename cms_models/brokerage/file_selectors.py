"""What an allocation file is made of, gathered from the rows as they stand."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from cms_models.accounts.models import Authority, User
from cms_models.audit.models import AuditEntry, kind_of
from cms_models.audit.services import plain
from cms_models.brokerage import file_domain
from cms_models.brokerage.models import (
    AllocationFile,
    Invitation,
    Offer,
    Question,
    Release,
    Requirement,
)
from cms_models.care.models import AllocationProposal, Award, CarePackage
from cms_models.care.patterns import pattern_text
from cms_models.fields.domain import RULES
from cms_models.fields.selectors import rule_values
from cms_models.market.models import Provider, providers_of
from cms_models.places.domain import postcode_district
from cms_models.places.selectors import zone_map_in_force
from cms_models.publication.models import Publishable
from cms_models.rates.models import RateCard
from cms_models.rates.selectors import cards_in_force

# The rules an award goes by; those of rounds, sign-in and the like are not of it.
OF_AN_AWARD = ("allocation.", "brokerage.", "care.", "market.", "places.", "rates.")


def moment(value: datetime | None) -> str | None:
    """Return a moment as ISO text in UTC, so that texts sort as moments do."""
    return None if value is None else value.astimezone(UTC).isoformat()


def releases_behind(award: Award) -> list[Release]:
    """Return the releases of a package since its last award, the newest first."""
    rows = Release.objects.filter(package=award.package_id, released_at__lte=award.decided_at)
    before = Award.objects.filter(package=award.package_id, decided_at__lt=award.decided_at)
    last = before.exclude(pk=award.pk).order_by("-decided_at").first()
    if last is not None:
        rows = rows.filter(released_at__gt=last.decided_at)
    return list(rows.select_related("released_by").order_by("-released_at", "-id"))


def document_of(award: Award, *, release: Release | None) -> dict[str, Any]:
    """Return everything an award was decided by, as it stands now."""
    packages = CarePackage.objects.select_related("person", "zone", "lot__framework")
    package = packages.defer("zone__boundary").get(pk=award.package_id)
    told, wanted = _package(package), _requirement(package)
    earlier = [one for one in releases_behind(award) if release and one.pk != release.pk]
    document = {
        "kind": file_domain.COUNCILS_KIND,
        "format": file_domain.FORMAT,
        "council": {"code": award.authority.code, "name": award.authority.name},
        "award": _award(award),
        "person": {"mosaic_person_id": package.person.mosaic_person_id},
        "package": told,
        "requirement": wanted,
        "shown": file_domain.shown_to_providers(told, wanted) if release else None,
        **_round(release),
        "earlier_releases": [_round(one) for one in earlier],
        "proposal": _proposal(award),
        "rules": _rules(award.authority, release),
        "configuration": _configuration(package, award),
        "trail": _trail(package, award, [*earlier, *([release] if release else [])]),
    }
    answer: dict[str, Any] = _exact(plain(document))
    return answer


def _round(release: Release | None) -> dict[str, Any]:
    """Return one release whole: its clocks, who was asked or not, questions and offers."""
    questions = _questions(release)
    return {
        "release": _release(release),
        "left_out": list(release.left_out) if release else [],
        "invitations": _invitations(release, questions),
        "questions": questions,
        "offers": _offers(release),
    }


def _exact(value: Any) -> Any:
    """Return a value without fractions: databases keep those of JSON each in its own way."""
    if isinstance(value, float):
        return str(value)
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    return [_exact(item) for item in value] if isinstance(value, list) else value


def _named(provider: Provider) -> dict[str, str]:
    return {"ref": provider.ref, "name": provider.name}


def _coded(row: Any) -> dict[str, str] | None:
    return None if row is None else {"code": row.code, "name": row.name}


def _award(award: Award) -> dict[str, Any]:
    return {
        "id": award.public_id,
        "provider": _named(award.provider),
        "lot": _coded(award.lot),
        "source": award.source,
        "source_words": award.get_source_display(),
        "starts_on": award.starts_on,
        "ends_on": award.ends_on,
        "agreed_pence": award.agreed_pence,
        "arrangement_fee_pence": award.arrangement_fee_pence,
        "override": award.override,
        "reason": award.reason,
        "decided_by": str(award.decided_by),
        "decided_at": moment(award.decided_at),
    }


def _package(package: CarePackage) -> dict[str, Any]:
    calls = [row.clause for row in package.patterns.filter(valid_to=None)]
    return {
        "id": package.public_id,
        "version": package.version,
        "reference": package.package_ref,
        "element_type": package.element_type,
        "setting": package.setting,
        "pathway": package.pathway,
        "starts_on": package.starts_on,
        "ends_on": package.ends_on,
        "district": postcode_district(package.postcode),
        "zone": _coded(package.zone),
        "lot": _coded(package.lot),
        "area": package.area,
        "calls": pattern_text(calls),
        "weekly_minutes": package.weekly_minutes,
        "weekly_pence": package.weekly_pence,
        "price_lines": package.price_lines,
        "priced_on": package.priced_on,
        "funder": package.funder,
        "funder_share_percent": package.funder_share_percent,
        "skills": package.skills,
        "housing_with_care": package.housing_with_care,
        "decisions_needed": package.decisions_needed,
    }


def _requirement(package: CarePackage) -> dict[str, Any]:
    row = (
        Requirement.objects.filter(package=package)
        .select_related("approved_by", "own_decision_by")
        .first()
    )
    if row is None:
        return {}
    listed = ("must_haves", "nice_to_haves", "needs", "outcomes")
    return {
        **{name: list(getattr(row, name)) for name in listed},
        "urgency": row.urgency,
        "start_by": row.start_by,
        "questions": [
            {"text": one.text, "scored": one.scored, "most_points": one.most_points}
            for one in row.offer_questions.all()
        ],
        "approved_pence": row.approved_pence,
        "approved_by": _person(row.approved_by),
        "approved_at": moment(row.approved_at),
        "approval_reason": row.approval_reason,
        "own_decision": row.own_decision,
        "own_decision_reason": row.own_decision_reason,
        "own_decision_by": _person(row.own_decision_by),
    }


def _person(user: User | None) -> str | None:
    return None if user is None else str(user)


def _release(release: Release | None) -> dict[str, Any] | None:
    if release is None:
        return None
    return {
        "id": release.public_id,
        "route": release.route,
        "route_words": release.get_route_display(),
        "reason": release.reason,
        "released_by": str(release.released_by),
        "released_at": moment(release.released_at),
        "state": release.state,
        "ended_at": moment(release.ended_at),
        "ended_because": release.ended_because,
        "rules": release.rules,
        "steps": [
            {
                "id": step.public_id,
                "called": f"{step.number}",
                "number": step.number,
                "tier": step.get_tier_display() if step.tier else None,
                "opens_at": moment(step.opens_at),
                "closes_at": moment(step.closes_at),
                "ended_at": moment(step.ended_at),
                "ended_because": step.ended_because,
            }
            for step in release.steps.order_by("number")
        ],
    }


def _invitations(release: Release | None, questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = Invitation.objects.filter(release=release).select_related("provider", "step")
    found = []
    for row in rows.order_by("step__number", "provider__ref") if release else []:
        told = {
            "id": row.public_id,
            "called": f"of {row.provider}",
            "provider": _named(row.provider),
            "step": row.step.number,
            "state": row.state,
            "sent_at": moment(row.sent_at),
            "opened_at": moment(row.opened_at),
            "answered_at": moment(row.answered_at),
            "lapsed_at": moment(row.lapsed_at),
            "closes_at": moment(row.closes_at),
            "ended_at": moment(row.lapsed_at or row.step.ended_at),
            "decline_reason": row.get_decline_reason_display() if row.decline_reason else "",
            "decline_words": row.decline_words,
        }
        found.append({**told, "could_read": file_domain.reading_times(told, questions)})
    return found


def _questions(release: Release | None) -> list[dict[str, Any]]:
    rows = Question.objects.filter(release=release).select_related(
        "provider", "asked_by", "answered_by"
    )
    return [
        {
            "id": row.public_id,
            "called": f"of {row.provider}",
            "provider": _named(row.provider),
            "text": row.text,
            "asked_by": str(row.asked_by),
            "asked_at": moment(row.asked_at),
            "answer": row.answer,
            "answered_by": _person(row.answered_by),
            "answered_at": moment(row.answered_at),
        }
        for row in (rows if release else [])
    ]


def _offers(release: Release | None) -> list[dict[str, Any]]:
    rows = Offer.objects.filter(invitation__release=release).select_related("provider", "made_by")
    return [
        {
            "id": row.public_id,
            "called": f"of {row.provider}",
            "provider": _named(row.provider),
            "state": row.state,
            "starts_on": row.starts_on,
            "weekly_minutes": row.weekly_minutes,
            "conditions": row.conditions,
            "price_pence": row.price_pence,
            "answers": row.answers,
            "points": file_domain.points_of(row.answers),
            "made_by": str(row.made_by),
            "made_at": moment(row.made_at),
            "withdrawn_at": moment(row.withdrawn_at),
            "withdrawn_because": row.withdrawn_because,
        }
        for row in (rows if release else [])
    ]


def _proposal(award: Award) -> dict[str, Any] | None:
    rows = AllocationProposal.objects.filter(package=award.package_id).select_related(
        "run", "provider", "lot"
    )
    if award.proposal_id is not None:
        rows = rows.filter(pk=award.proposal_id)
    row = rows.order_by("-created_at", "-id").first()
    if row is None:
        return None
    return {
        "id": row.public_id,
        "followed": award.proposal_id is not None,
        "on": row.run.on,
        "engine": row.run.engine,
        "seed": row.run.seed,
        "provider": _named(row.provider) if row.provider else None,
        "lot": _coded(row.lot),
        "tier": row.get_tier_display() if row.tier else None,
        "factors": row.factors,
        "would_have_changed": row.runner_up,
        "unplaced_reason": row.unplaced_reason,
        "relaxation": row.relaxation,
    }


def _rules(authority: Authority, release: Release | None) -> list[dict[str, Any]]:
    values = rule_values(authority)
    at_release = release.rules if release else {}
    return [
        {
            "key": key,
            "title": rule.title,
            "value": rule.say(values[key]),
            "at_release": rule.say(at_release[key]) if key in at_release else None,
        }
        for key, rule in sorted(RULES.items())
        if key.startswith(OF_AN_AWARD)
    ]


def _configuration(package: CarePackage, award: Award) -> dict[str, Any]:
    day = timezone.localtime(award.decided_at).date()
    cards = cards_in_force(RateCard.objects.filter(authority=award.authority), on=day)
    lot = award.lot or package.lot
    return {
        "rate_cards": [_version(card) for card in cards.order_by("valid_from", "id")],
        "zone_map": _version(zone_map_in_force(award.authority, on=day)),
        "framework": _version(lot.framework) if lot else None,
    }


def _version(row: Publishable | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "id": row.public_id,
        "name": str(row),
        "version": row.version,
        "from": row.begins_on,
        "until": row.over_on,
        "approved_at": moment(row.approved_at),
    }


def _trail(package: CarePackage, award: Award, releases: Sequence[Release]) -> list[dict[str, Any]]:
    """Return the audit entries about the package, its requirement and releases, by the chain."""
    subjects: dict[str, set[str]] = {kind_of(package): {str(package.pk)}}
    subjects[kind_of(award)] = {str(award.pk)}
    required = Requirement.objects.filter(package=package)
    subjects["brokerage.requirement"] = _keys(required)
    if releases:
        subjects["brokerage.release"] = {str(one.pk) for one in releases}
        asked = Invitation.objects.filter(release__in=releases)
        subjects["brokerage.invitation"] = _keys(asked)
        subjects["brokerage.offer"] = _keys(Offer.objects.filter(invitation__release__in=releases))
        subjects["brokerage.question"] = _keys(Question.objects.filter(release__in=releases))
    about = Q()
    for kind, keys in subjects.items():
        about |= Q(subject_type=kind, subject_id__in=keys)
    entries = AuditEntry.objects.filter(about, authority=award.authority).select_related("actor")
    return [
        {
            "sequence": entry.sequence,
            "hash": entry.hash,
            "at": moment(entry.at),
            "actor": str(entry.actor),
            "action": entry.action,
            "reason": entry.reason,
        }
        for entry in entries.order_by("sequence")
    ]


def _keys(rows: Any) -> set[str]:
    keys: Iterable[int] = rows.order_by().values_list("pk", flat=True)
    return {str(key) for key in keys}


def file_for_provider(user: User, invitation: Invitation) -> dict[str, Any] | None:
    """Return the loser's version for a provider that was asked; None while nothing is decided.

    The provider's user sees that of its own invitation only.
    """
    if invitation.provider_id not in providers_of(user):
        return None
    row = AllocationFile.objects.filter(
        release_id=invitation.release_id, authority_id=user.authority_id
    ).first()
    if row is None:
        return None
    return file_domain.loser_version(row.document, invitation.provider.ref)
