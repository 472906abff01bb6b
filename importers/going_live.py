"""Whether what a file states goes in force at once, or waits for a second person."""

from django.db import models

from cms_models.accounts.models import Authority, User
from cms_models.publication.models import PublicationState, Publishable
from cms_models.publication.registry import PUBLICATIONS, publication_of
from cms_models.publication.services import hold_configuration, submit

STATED = "Stated by the file that was imported."


class GoingLive:
    """One import's way to put configuration in force: at once only what a council has none of.

    A council is set up by its first files alone; from then on what a file states is submitted, and
    somebody else approves it. What is in force or waits already is left as it is.
    """

    def __init__(self, authority: Authority) -> None:
        hold_configuration(authority)
        self._first = {
            kind.model for kind in PUBLICATIONS.values() if not _is_set_up(kind.model, authority)
        }
        self._waiting: list[str] = []

    def settle(self, *, actor: User, version: Publishable) -> None:
        """Publish a draft of a kind the council has none of yet, or ask for its approval."""
        if version.state == PublicationState.DRAFT and type(version) in self._first:
            publication_of(version).publish(actor=actor, record=version)
        elif version.state == PublicationState.DRAFT:
            submit(actor=actor, version=version, text=STATED)
        if version.state == PublicationState.SUBMITTED:
            self._waiting.append(str(version))

    @property
    def notes(self) -> list[str]:
        """What somebody has to do before all of the file is in force."""
        if not self._waiting:
            return []
        return [
            f"Not in force yet, because the council has configuration of that kind already: "
            f"{', '.join(self._waiting)}. Somebody other than the one who accepts this file has to "
            "approve it, under Review → Waiting for approval."
        ]


def _is_set_up(model: type[models.Model], authority: Authority) -> bool:
    published = model.objects.filter(authority=authority, state=PublicationState.PUBLISHED)  # type: ignore[attr-defined]
    return bool(published.exists())
