"""Second factors of those who sign in: an authenticator app and codes for when it is lost.

The library keeps what the app shares with us; of a recovery code only a digest is kept.
"""

import secrets
from math import ceil

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from cms_models.accounts.models import User
from cms_models.audit.services import record

RECOVERY_CODES = 10
# Without what is easily mistaken: 0 and o, 1 and l.
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
APP_DIGITS = 6
DIGEST_LENGTH = 16


class TooManyCodes(ValidationError):  # noqa: N818 - it reads as what happened
    """Raised while a wait after wrong codes is not over."""


def app_of(user: User) -> TOTPDevice | None:
    """Return the authenticator app a user signs in with, None before there is one."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).first()


def begin_enrolment(*, user: User) -> TOTPDevice:
    """Return the app that waits to be confirmed by its first code; the same until it is."""
    waiting = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    return waiting or TOTPDevice.objects.create(
        user=user, name="Authenticator app", confirmed=False
    )


def confirm_enrolment(*, user: User, code: str) -> TOTPDevice:
    """Take the waiting app into use by a code it shows; another one used before stops working."""
    with transaction.atomic():
        device = TOTPDevice.objects.select_for_update().get(pk=begin_enrolment(user=user).pk)
        accepted = _try(device, _plain(code))
        if accepted:
            TOTPDevice.objects.filter(user=user, confirmed=True).delete()
            device.confirmed = True
            device.save()
            record(actor=user, action="enrol_second_factor", subject=user)
    if not accepted:
        raise ValidationError("That is not the code the app shows now: enter the next one.")
    return device


def verify(*, user: User, code: str) -> Device:
    """Return the user's app or recovery codes if the code is one of theirs.

    Raises ValidationError for a wrong code, and after wrong ones until a growing wait is over.
    """
    plain = _plain(code)
    of_app = len(plain) == APP_DIGITS and plain.isdecimal()
    model = TOTPDevice if of_app else StaticDevice
    with transaction.atomic():
        found = model.objects.select_for_update().filter(user=user, confirmed=True).first()
        accepted = found is not None and _try(found, plain if of_app else _digest(plain))
        if accepted and not of_app:
            record(actor=user, action="use_recovery_code", subject=user)
    if not accepted or found is None:
        raise ValidationError("That is not a code of yours now: enter the one the app shows.")
    return found


def _try(device: Device, code: str) -> bool:
    allowed, why = device.verify_is_allowed()
    if not allowed:
        wait = ceil((why["locked_until"] - timezone.now()).total_seconds())
        raise TooManyCodes(f"Too many wrong codes: wait {max(1, wait)} seconds, then try again.")
    return bool(device.verify_token(code))


def new_recovery_codes(*, user: User) -> list[str]:
    """Return ten codes that each stand in for the app once; those given before open nothing."""
    codes = [
        "-".join("".join(secrets.choice(LETTERS) for _ in range(5)) for _ in range(2))
        for _ in range(RECOVERY_CODES)
    ]
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="Recovery codes", confirmed=True)
        StaticToken.objects.bulk_create(
            StaticToken(device=device, token=_digest(_plain(code))) for code in codes
        )
        record(actor=user, action="make_recovery_codes", subject=user)
    return codes


def recovery_codes_left(user: User) -> int:
    """Return how many recovery codes a user has not used yet."""
    return StaticToken.objects.filter(device__user=user).count()


def remove_second_factor(*, actor: User, user: User, reason: str) -> None:
    """Let somebody who lost app and codes enrol anew; the administrator's reason is kept."""
    actor.must("change", User)
    if user.authority_id != actor.authority_id:
        raise PermissionDenied(f"{user} belongs to another council.")
    if user.pk == actor.pk:
        raise ValidationError("Ask another administrator: nobody removes their own second factor.")
    if app_of(user) is None:
        raise ValidationError(f"{user} has no second factor: there is nothing to remove.")
    with transaction.atomic():
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        record(actor=actor, action="remove_second_factor", subject=user, reason=reason)


def _plain(code: str) -> str:
    """Return a code as it is compared: without the spaces and hyphens that make it readable."""
    return "".join(one for one in code.casefold() if one.isascii() and one.isalnum())[:40]


def _digest(plain: str) -> str:
    hashed = salted_hmac("homeward.recovery-code", plain, algorithm="sha256")
    return hashed.hexdigest()[:DIGEST_LENGTH]
