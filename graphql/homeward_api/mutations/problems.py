"""What a caller can mend: said in the payload, with a code and the argument it is about."""

from collections.abc import Iterator
from enum import Enum

import graphene
from django.core.exceptions import ValidationError
from graphene.utils.str_converters import to_camel_case

from cms_models.audit.services import StaleEdit
from cms_models.brokerage.refusals import AlreadyAnswered, TooLate
from cms_models.care.services.awards import AlreadyPlaced
from homeward_api.lists import BoundedList

PROBLEMS_COUNTED = 10
# What a caller can mend; everything else is an error of the whole field.
MENDABLE = (ValidationError, StaleEdit, AlreadyPlaced)


class Codes(Enum):
    """The kinds of problem."""

    INVALID = "INVALID"
    TOO_LATE = "TOO_LATE"
    ALREADY_ANSWERED = "ALREADY_ANSWERED"
    ALREADY_PLACED = "ALREADY_PLACED"
    CHANGED_MEANWHILE = "CHANGED_MEANWHILE"


SAYS = {
    Codes.INVALID: "A value is not accepted: the message says which and why.",
    Codes.TOO_LATE: "The time to answer is over.",
    Codes.ALREADY_ANSWERED: "You have answered already.",
    Codes.ALREADY_PLACED: "The package has its provider.",
    Codes.CHANGED_MEANWHILE: "Somebody else changed the record meanwhile: read it again.",
}
KINDS = (
    (TooLate, Codes.TOO_LATE),
    (AlreadyAnswered, Codes.ALREADY_ANSWERED),
    (AlreadyPlaced, Codes.ALREADY_PLACED),
)
ProblemCode = graphene.Enum(
    "ProblemCode",
    [(code.name, code.value) for code in Codes],
    description=lambda value: (
        "What kind of problem it is." if value is None else SAYS[Codes(value.value)]
    ),
)


class Problem(graphene.ObjectType):
    """Why a mutation did nothing, and what to mend."""

    code = graphene.Field(ProblemCode, required=True, description="What to act on.")
    field = graphene.String(description="The argument it is about; null for the whole ask.")
    message = graphene.String(required=True, description="Why, in a sentence.")


def problems_field() -> BoundedList:
    """Return the field every payload has: empty when it was done."""
    return BoundedList(
        Problem,
        most=PROBLEMS_COUNTED,
        description="Why nothing was done; empty when it was.",
    )


def problems_of(refusal: Exception) -> list[dict[str, str | None]]:
    """Return a refusal as problems, one a sentence."""
    code = code_of(refusal)
    return [
        {"code": code.value, "field": field, "message": message}
        for field, message in _sentences(refusal)
    ]


def code_of(refusal: Exception) -> Codes:
    """Return the kind of a refusal."""
    if isinstance(refusal, StaleEdit):
        return Codes.CHANGED_MEANWHILE
    return next((code for kind, code in KINDS if isinstance(refusal, kind)), Codes.INVALID)


def _sentences(refusal: Exception) -> Iterator[tuple[str | None, str]]:
    if not isinstance(refusal, ValidationError):
        yield None, str(refusal)
    elif hasattr(refusal, "error_dict"):
        for name, messages in refusal.message_dict.items():
            for message in messages:
                yield (None if name == "__all__" else to_camel_case(name)), message
    else:
        for message in refusal.messages:
            yield None, message
