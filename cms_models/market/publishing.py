"""How a framework with its lots goes live."""

from typing import Any

from cms_models.accounts.models import User
from cms_models.market.models import Framework
from cms_models.market.selectors import framework_notes
from cms_models.market.services import framework_refusals, publish_framework
from cms_models.publication.registry import Publication, declare


def _publish(*, actor: User, record: Framework) -> Any:
    return publish_framework(actor=actor, framework=record)


def _take_back(*, actor: User, record: Framework) -> None:
    """Nothing else changed when it was approved, so nothing else is to be undone."""


declare(
    Publication(Framework, framework_refusals, _publish, _take_back, framework_notes, prices=True)
)
