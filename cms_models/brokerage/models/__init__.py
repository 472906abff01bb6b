"""Brokerage: from what a package asks for to who delivers it, and its life afterwards."""

from cms_models.brokerage.models.decisions import AllocationFile
from cms_models.brokerage.models.life import (
    HandBack,
    HandBackReason,
    HandBackState,
    ReviewKind,
    ReviewTask,
    Suspension,
    SuspensionReason,
    Transfer,
)
from cms_models.brokerage.models.offers import (
    DeclineReason,
    Invitation,
    InvitationState,
    Offer,
    OfferState,
)
from cms_models.brokerage.models.release import Release, ReleaseState, ReleaseStep, Route
from cms_models.brokerage.models.requirement import (
    OfferQuestion,
    OwnDecision,
    Requirement,
    Urgency,
)
from cms_models.brokerage.models.talk import Message, Question

__all__ = [
    "AllocationFile",
    "DeclineReason",
    "HandBack",
    "HandBackReason",
    "HandBackState",
    "Invitation",
    "InvitationState",
    "Message",
    "Offer",
    "OfferQuestion",
    "OfferState",
    "OwnDecision",
    "Question",
    "Release",
    "ReleaseState",
    "ReleaseStep",
    "Requirement",
    "ReviewKind",
    "ReviewTask",
    "Route",
    "Suspension",
    "SuspensionReason",
    "Transfer",
    "Urgency",
]
