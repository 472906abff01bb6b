"""Putting an exchange of packages to the two providers it is between: nothing moves by it."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.services import record
from cms_models.brokerage.models import Message
from cms_models.brokerage.services.talk import send_message
from cms_models.brokerage.sharing_selectors import PROPOSED
from cms_models.care.domain import hours_words
from cms_models.care.models import Award, CarePackage


@dataclass(frozen=True)
class ExchangeTerms:
    """An exchange as shown to the broker: what moves, what comes back, what it saves a week."""

    moving: Award
    to: Award
    returning: Award | None
    saves_metres: int
    reason: str


def propose_exchange(*, actor: User, terms: ExchangeTerms, now: datetime) -> list[Message]:
    """Ask both providers whether they agree; each reads of its own package by reference only.

    `to` is the receiving provider's award next to the moving package. The packages stay where they
    are: a broker transfers them after both have answered yes.
    """
    actor.must("change", Message)
    giver, taker = terms.moving.provider, terms.to.provider
    _refuse_moved(terms)
    if not terms.reason.strip():
        raise ValidationError("Say why you propose this: the reason is kept with it.")
    back = terms.returning
    with transaction.atomic():
        sent = [
            send_message(
                actor=actor,
                provider=giver,
                package=terms.moving.package,
                text=_to_giver(terms),
                now=now,
            ),
            send_message(
                actor=actor,
                provider=taker,
                package=back.package if back else None,
                text=_to_taker(terms),
                now=now,
            ),
        ]
        _record(actor, terms)
    return sent


def _record(actor: User, terms: ExchangeTerms) -> None:
    record(
        actor=actor,
        action=PROPOSED,
        subject=terms.moving.package,
        after={
            "moving": str(terms.moving.package),
            "from_provider": terms.moving.provider.name,
            "to_provider": terms.to.provider.name,
            "returning": str(terms.returning.package) if terms.returning else "",
            "saves_metres": terms.saves_metres,
        },
        reason=terms.reason,
    )


def _to_giver(terms: ExchangeTerms) -> str:
    back = terms.returning
    return (
        f"Would you agree that another provider, who already calls nearby, takes over "
        f"{terms.moving.package}"
        + (f", and that you take over {_described(back.package)}" if back else "")
        + f"? {_saved(terms)}"
    )


def _to_taker(terms: ExchangeTerms) -> str:
    back = terms.returning
    return (
        f"Would you take over {_described(terms.moving.package)} from another provider"
        + (f", and give up {back.package}" if back else "")
        + f"? You already call nearby. {_saved(terms)}"
    )


def _saved(terms: ExchangeTerms) -> str:
    return (
        f"Together you would save about {terms.saves_metres / 1000:,.1f} km of travel a week. "
        "Nothing changes unless you both agree: please answer yes or no here."
    )


def _refuse_moved(terms: ExchangeTerms) -> None:
    """Refuse awards that changed since the finder looked, or that are not two providers'."""
    awards = [one for one in (terms.moving, terms.to, terms.returning) if one is not None]
    for award in awards:
        if not Award.objects.filter(pk=award.pk, current=True).exists():
            raise ValidationError(
                f"{award.package} is not with {award.provider} any more: look again first."
            )
    back = terms.returning
    same = terms.moving.provider_id == terms.to.provider_id
    if same or (back is not None and back.provider_id != terms.to.provider_id):
        raise ValidationError("An exchange is between two providers: choose one from the list.")


def _described(package: CarePackage) -> str:
    """Return a package to a provider that does not deliver it: no reference, no place."""
    where = f" in zone {package.zone.code}" if package.zone else ""
    return f"a package of {hours_words(package.weekly_minutes)} a week{where}"
