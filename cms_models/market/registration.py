"""The only writers of what providers state of themselves: applications, documents, capacities."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from cms_models.accounts.models import Authority, User
from cms_models.accounts.roles import Role
from cms_models.accounts.services import system_actor
from cms_models.audit.services import save_record
from cms_models.market.models import (
    ApplicationState,
    CqcLocation,
    DeclaredCapacity,
    DocumentKind,
    Lot,
    LotAward,
    Provider,
    ProviderApplication,
    ProviderDocument,
    providers_of,
)
from cms_models.market.services import add_member
from cms_models.market.stating import CARER_MINUTES_MOST, document_refusal, kept_name
from cms_models.publication.models import PublicationState

LINK_LIVES = timedelta(hours=48)
PAUSE_BETWEEN_LINKS = timedelta(minutes=5)
APPLICATIONS_AN_HOUR = 60
OPEN_STATES = (ApplicationState.CONFIRMED, ApplicationState.SUBMITTED)
LinkOf = Callable[[str], str]


def start_application(
    *, authority: Authority, email: str, now: datetime, link_of: LinkOf
) -> ProviderApplication:
    """Begin a provider's registration: an e-mail address is enough, and it costs nothing (BR-08).

    A link is mailed that only its reader can open; `link_of(token)` is its address. Asking again
    within five minutes mails nothing, so that nobody's post box is filled.
    """
    email = email.strip().casefold()
    validate_email(email)
    rows = ProviderApplication.objects.filter(authority=authority)
    if rows.filter(created_at__gt=now - timedelta(hours=1)).count() >= APPLICATIONS_AN_HOUR:
        raise ValidationError("Too many people register just now: try again in an hour.")
    row = rows.filter(email=email, state=ApplicationState.STARTED).first()
    if row is not None and row.link_ends_at - LINK_LIVES > now - PAUSE_BETWEEN_LINKS:
        return row
    token = secrets.token_urlsafe(32)
    version = row.version if row else None
    row = row or ProviderApplication(authority=authority, email=email)
    row.digest, row.link_ends_at = _digest_of(token), now + LINK_LIVES
    actor = system_actor(authority=authority)
    with transaction.atomic():
        save_record(actor=actor, record_=row, expected_version=version)
        text = (
            f"You asked to register as a provider with {authority}.\n\n"
            f"Open this link to go on: {link_of(token)}\n\n"
            "It works for two days. If you did not ask, do nothing.\n"
        )
        _mail(email, f"Register with {authority}", text)
    return row


def _digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _mail(address: str, subject: str, text: str) -> None:
    """Send a message once the change it tells of is kept."""
    message = EmailMessage(subject=subject, body=text, to=[address])
    transaction.on_commit(message.send)


def application_of(*, token: str, now: datetime) -> ProviderApplication:
    """Return the application a mailed link opens; ValidationError says how to get another link."""
    row = ProviderApplication.objects.select_related("authority").filter(digest=_digest_of(token))
    found = row.first()
    if found is None or found.link_ends_at <= now:
        raise ValidationError("This link does not work any more: begin again with your e-mail.")
    return found


def confirm(*, token: str, now: datetime) -> ProviderApplication:
    """Take an e-mail address as confirmed because its mailed link was opened."""
    row = application_of(token=token, now=now)
    if row.state == ApplicationState.STARTED:
        row.state = ApplicationState.CONFIRMED
        actor = system_actor(authority=row.authority)
        save_record(actor=actor, record_=row, expected_version=row.version)
    return row


def submit(
    *,
    token: str,
    now: datetime,
    name: str = "",
    cqc_location_id: str = "",
    words: str = "",
) -> ProviderApplication:
    """Hand an application to the council; a CQC location stated is one of the register.

    Without a name the location's is taken, without either the e-mail address.
    """
    row = application_of(token=token, now=now)
    if row.state not in OPEN_STATES:
        raise ValidationError(f"This application is {row.get_state_display().lower()} already.")
    location = _location_of(row.authority, cqc_location_id.strip())
    row.name = name.strip() or (location.name[:120] if location else row.email[:120])
    row.cqc_location_id = location.location_id if location else ""
    row.words, row.state = words.strip(), ApplicationState.SUBMITTED
    row.full_clean(exclude=["authority"])
    actor = system_actor(authority=row.authority)
    save_record(actor=actor, record_=row, expected_version=row.version)
    return row


def _location_of(authority: Authority, location_id: str) -> CqcLocation | None:
    if not location_id:
        return None
    found = CqcLocation.objects.filter(authority=authority, location_id=location_id).first()
    if found is None:
        raise ValidationError(
            f"{location_id} is no location of the CQC's register as {authority} loaded it: choose "
            "one that is found by name or postcode, or leave it empty."
        )
    return found


def decide(
    *,
    actor: User,
    application: ProviderApplication,
    accept: bool,
    words: str,
    now: datetime,
    link_of: Callable[[User], str],
    provider: Provider | None = None,
) -> ProviderApplication:
    """Accept or refuse an application, and mail the applicant so.

    Accepted, the applicant acts for `provider`, or for a new one with what the CQC's register
    says of the location; `link_of(user)` is where they choose a password.
    """
    actor.must("change", ProviderApplication)
    if application.authority_id != actor.authority_id:
        raise PermissionDenied(f"{application} is of another council.")
    if application.state not in OPEN_STATES:
        state = application.get_state_display().lower()
        raise ValidationError(f"{application} is {state}: there is nothing to decide.")
    if not accept and not words.strip():
        raise ValidationError("Say why: the applicant is told so.")
    with transaction.atomic():
        row = ProviderApplication.objects.select_for_update().get(pk=application.pk)
        if accept:
            row.provider = provider or _new_provider(actor, row)
            row.user = _user_of(row)
            add_member(actor=actor, user=row.user, provider=row.provider)
        row.state = ApplicationState.ACCEPTED if accept else ApplicationState.REFUSED
        row.decided_by, row.decided_at, row.decision_words = actor, now, words.strip()
        save_record(
            actor=actor, record_=row, expected_version=application.version, reason=words.strip()
        )
        _tell_applicant(row, link_of)
    return row


def _new_provider(actor: User, row: ProviderApplication) -> Provider:
    location = _location_of(row.authority, row.cqc_location_id)
    known = Provider.objects.filter(authority=row.authority)
    if location is not None and known.filter(cqc_location_id=location.location_id).exists():
        there = known.get(cqc_location_id=location.location_id)
        raise ValidationError(f"{location} is {there} already: choose that provider.")
    made = Provider(
        authority=row.authority,
        ref=f"REG-{row.pk:05d}",
        name=row.name or row.email,
        cqc_provider_id=location.provider_id if location else "",
        cqc_location_id=location.location_id if location else "",
        cqc_rating=location.rating if location else "",
        postcode=location.postcode if location else "",
    )
    made.full_clean(exclude=["authority"])
    return save_record(actor=actor, record_=made, expected_version=None)


def _user_of(row: ProviderApplication) -> User:
    """Return who signs in by the applicant's e-mail address, made without a password if new."""
    found = User.objects.filter(username=row.email).first()
    if found is None:
        return User.objects.create_user(
            username=row.email, email=row.email, role=Role.PROVIDER, authority=row.authority
        )
    if found.role != Role.PROVIDER or found.authority_id != row.authority_id:
        raise ValidationError(
            f"Somebody else signs in as {row.email}: ask the applicant for another address."
        )
    return found


def _tell_applicant(row: ProviderApplication, link_of: Callable[[User], str]) -> None:
    if row.state == ApplicationState.ACCEPTED and row.user is not None:
        said = f"{row.authority} accepted your registration.\n\n"
        way = f"Your user name is {row.user.username}. Choose a password: {link_of(row.user)}\n"
        return _mail(row.email, f"Welcome to {row.authority}", said + way)
    said = f"{row.authority} did not accept your registration.\n\n{row.decision_words}\n"
    return _mail(row.email, f"Your registration with {row.authority}", said)


def _require_own(actor: User, provider: Provider, model: type) -> None:
    """Refuse whoever neither acts for the provider nor looks after such records."""
    if provider.pk in providers_of(actor):
        return
    actor.must("change", model)
    if provider.authority_id != actor.authority_id:
        raise PermissionDenied(f"{provider} belongs to another council.")


def add_document(
    *,
    actor: User,
    provider: Provider,
    kind: str,
    name: str,
    content: bytes,
    expires_on: date | None = None,
) -> ProviderDocument:
    """Keep a document of a provider's; the one of its kind before is kept as replaced."""
    _require_own(actor, provider, ProviderDocument)
    if kind not in DocumentKind.values:
        raise ValidationError(f"There is no kind of document called {kind!r}.")
    name = kept_name(name)
    refusal = document_refusal(name=name, content=content)
    if refusal:
        raise ValidationError(refusal)
    row = ProviderDocument(
        authority=provider.authority,
        provider=provider,
        kind=kind,
        name=name,
        content=content,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        expires_on=expires_on,
        sent_by=actor,
    )
    with transaction.atomic():
        if kind != DocumentKind.OTHER:
            earlier = ProviderDocument.objects.filter(provider=provider, kind=kind, replaced=False)
            for one in earlier:
                one.replaced = True
                save_record(actor=actor, record_=one, expected_version=one.version)
        return save_record(actor=actor, record_=row, expected_version=None)


def declare_capacity(
    *,
    actor: User,
    provider: Provider,
    lot: Lot,
    minutes_per_week: int,
    from_day: date,
    words: str = "",
) -> DeclaredCapacity:
    """Keep what a provider can take in a lot from a day on; the same day again changes it."""
    _require_own(actor, provider, DeclaredCapacity)
    if not 0 <= minutes_per_week <= CARER_MINUTES_MOST:
        raise ValidationError("A capacity is 0 to 100,000 hours a week.")
    if from_day < timezone.localdate():
        raise ValidationError(f"{from_day:%d/%m/%Y} is past: declare from today or a later day.")
    published = PublicationState.PUBLISHED
    places = LotAward.objects.filter(lot=lot, provider=provider, lot__framework__state=published)
    if not any(place.ends_on is None or place.ends_on > from_day for place in places):
        raise ValidationError(f"{provider} holds no place in lot {lot} on {from_day:%d/%m/%Y}.")
    row = DeclaredCapacity.objects.filter(provider=provider, lot=lot, from_day=from_day).first()
    version = row.version if row else None
    row = row or DeclaredCapacity(
        authority=provider.authority, provider=provider, lot=lot, from_day=from_day
    )
    row.minutes_per_week, row.words, row.declared_by = minutes_per_week, words.strip(), actor
    row.full_clean(exclude=["authority", "provider", "lot", "declared_by"])
    return save_record(actor=actor, record_=row, expected_version=version)
