"""The only writer of the rule book: an edition whenever the rules in force say something new."""

from datetime import date

from django.db import transaction

from cms_models.accounts.models import User
from cms_models.audit.services import hold_chain, save_record
from cms_models.rulebook.domain import as_stored, digest
from cms_models.rulebook.models import RuleBookEdition
from cms_models.rulebook.selectors import book_on


def draw_up(*, actor: User, on: date) -> RuleBookEdition | None:
    """Publish a new edition if the rules in force on a day say something new; None if not."""
    chapters = as_stored(book_on(actor.authority, on=on))
    now = digest(chapters)
    with transaction.atomic():
        hold_chain(actor.authority)  # two workers draw up one edition, not two
        latest = RuleBookEdition.objects.filter(authority=actor.authority).first()
        if latest is not None and latest.digest == now:
            return None
        edition = RuleBookEdition(
            authority=actor.authority,
            number=latest.number + 1 if latest else 1,
            valid_from=on,
            chapters=chapters,
            digest=now,
        )
        edition.full_clean(exclude=["authority"])
        return save_record(actor=actor, record_=edition, expected_version=None)
