"""The choices of brokerage, as the schema names them."""

from django.db.models import TextChoices

from cms_models.brokerage.models import (
    DeclineReason as DeclineReasons,
)
from cms_models.brokerage.models import (
    HandBackReason as HandBackReasons,
)
from cms_models.brokerage.models import (
    HandBackState as HandBackStates,
)
from cms_models.brokerage.models import (
    InvitationState as InvitationStates,
)
from cms_models.brokerage.models import (
    OfferState as OfferStates,
)
from cms_models.brokerage.models import (
    ReviewKind as ReviewKinds,
)
from cms_models.brokerage.models import (
    Urgency as Urgencies,
)
from cms_models.care.models import Setting as Settings
from cms_models.market.models import DocumentKind as DocumentKinds
from cms_models.market.models import HomeKind as HomeKinds
from cms_models.notices.models import EventKind as EventKinds
from homeward_api.types.terms import choices


def named(name: str, kinds: type[TextChoices], about: str) -> type:
    """Return the enum of a record's choices: Python's names, the record's values."""
    pairs = dict(zip(kinds.names, kinds.values, strict=True))
    return choices(name, pairs, dict(kinds.choices), about)


InvitationState = named(
    "InvitationState", InvitationStates, "How far you got with a package you were asked about."
)
DeclineReason = named("DeclineReason", DeclineReasons, "Why you do not offer.")
OfferState = named("OfferState", OfferStates, "How an offer stands.")
Urgency = named("Urgency", Urgencies, "How soon care must begin.")
HandBackReason = named("HandBackReason", HandBackReasons, "Why a package is given back.")
HandBackState = named("HandBackState", HandBackStates, "How a hand-back stands.")
ReviewKind = named("ReviewKind", ReviewKinds, "What somebody is asked to look at.")
DocumentKind = named("DocumentKind", DocumentKinds, "What a document is.")
HomeKind = named("HomeKind", HomeKinds, "What a care home is registered for.")
EventKind = named("EventKind", EventKinds, "What happened, as webhooks and e-mails name it.")
Setting = named("Setting", Settings, "Where care is given.")
