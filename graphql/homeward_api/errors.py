"""What a caller is told when something is wrong: a code to act on, never our insides."""

import logging
import uuid
from enum import StrEnum
from typing import Any

from graphql import GraphQLError

log = logging.getLogger("homeward.api")


class Code(StrEnum):
    """The codes of refusals, as written in `extensions.code`."""

    BAD_USER_INPUT = "BAD_USER_INPUT"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    CONFLICT = "CONFLICT"
    INTERNAL = "INTERNAL"


SAYS = {
    Code.BAD_USER_INPUT: "The request, the document or a value cannot be understood.",
    Code.NOT_FOUND: "There is no such record among yours; another's is no different.",
    Code.FORBIDDEN: "The key, its scopes or its user may not do this.",
    Code.UNAUTHENTICATED: "No key, or one that is unknown, expired or revoked.",
    Code.LIMIT_EXCEEDED: "One request asks for too much: the limit is stated.",
    Code.RATE_LIMITED: "The key has used up its minute: wait as long as Retry-After says.",
    Code.CONFLICT: "The idempotency key already stands for another ask.",
    Code.INTERNAL: "Our fault; `ref` finds it in the council's log.",
}


class Refusal(GraphQLError):  # noqa: N818 - it reads as what it is
    """A refusal the caller can act on; `status` is the HTTP status when nothing was executed."""

    def __init__(self, code: Code, message: str, *, status: int = 400) -> None:
        super().__init__(message, extensions={"code": str(code)})
        self.status = status


class TooMany(Refusal):
    """Raised when a key has used up its minute; `seconds` until it may ask again."""

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(Code.RATE_LIMITED, message, status=429)
        self.seconds = seconds


class DeadlinePassed(Refusal):
    """Raised at the first resolver after a request's time is up, and never swallowed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            Code.LIMIT_EXCEEDED,
            f"The query took longer than its {seconds:g} seconds: ask for fewer rows or fields.",
        )


def not_found(kind: str) -> Refusal:
    """Return the one answer for what does not exist and for what is somebody else's."""
    return Refusal(Code.NOT_FOUND, f"There is no such {kind} among yours.")


def error_body(error: GraphQLError) -> dict[str, Any]:
    """Return an error as the caller sees it; what we did not mean to say is masked and logged."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if not isinstance(cause, GraphQLError):
        return _masked(error, cause)
    body = dict(error.formatted)
    code = (cause.extensions or {}).get("code", str(Code.BAD_USER_INPUT))
    body["extensions"] = {"code": code}
    return body


def _masked(error: GraphQLError, cause: BaseException | None) -> dict[str, Any]:
    ref = uuid.uuid4().hex[:12]
    log.error("%s at %s", ref, error.path, exc_info=cause)
    body: dict[str, Any] = {
        "message": "Internal error",
        "extensions": {"code": str(Code.INTERNAL), "ref": ref},
    }
    if error.path is not None:
        body["path"] = error.path
    return body
