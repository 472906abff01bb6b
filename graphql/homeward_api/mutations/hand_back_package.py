"""Ask to give a package back."""

import base64
import binascii
from typing import Any

import graphene
from django.core.exceptions import ValidationError

from cms_models.brokerage.models import HandBack
from cms_models.brokerage.services import hand_backs
from cms_models.care.models import CarePackage
from homeward_api.execution import Ask
from homeward_api.finding import found
from homeward_api.mutations.writing import mutation
from homeward_api.reading.dealings import hand_back_rows
from homeward_api.types.choices import HandBackReason
from homeward_api.types.life import HandBack as HandBackType


class EvidenceInput(graphene.InputObjectType):
    """A file that shows why; larger ones than a request holds go through the portal."""

    name = graphene.String(required=True, description="The file's name, such as log.pdf.")
    base64 = graphene.String(
        required=True, description="The file in base64; the whole request holds 100 KB at most."
    )


@mutation(
    gives={
        "hand_back": graphene.Field(HandBackType, description="The hand-back and how it stands.")
    },
    package=graphene.ID(required=True, description="The package's public id."),
    reason=HandBackReason(required=True, description="Why; only some reasons are allowed."),
    words=graphene.String(required=True, description="Why, in your words."),
    evidence=EvidenceInput(description="A file that shows why."),
)
def hand_back_package(
    ask: Ask, *, package: str, reason: str, words: str, evidence: dict[str, str] | None = None
) -> dict[str, Any]:
    """Ask to give a package back: the council decides, and the notice runs once it accepts."""
    row = found(CarePackage.objects.visible_to(ask.user), package, "package")
    made = hand_backs.hand_back(
        actor=ask.user,
        package=row,
        reason=reason,
        words=words,
        evidence=None if evidence is None else (evidence["name"], _decoded(evidence["base64"])),
        now=ask.now,
    )
    return {"hand_back": hand_back_rows(HandBack.objects.filter(pk=made.pk))[0]}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValidationError({"evidence": "The file is not given in base64."}) from None
