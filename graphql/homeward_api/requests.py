"""Reading a question from a request's body: JSON of a known shape, or a refusal that says why."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import RawPostDataException

from homeward_api.errors import Code, Refusal

BODY_BYTES_MOST = 100 * 1024
PARTS = {"query", "variables", "operationName", "extensions", "documentId"}
DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})", re.IGNORECASE)
VALUES_MOST = 10_000


@dataclass(frozen=True)
class Question:
    """One GraphQL request: its document as text, or by the digest it was registered under."""

    query: str | None
    digest: str | None
    variables: dict[str, Any]
    operation: str | None


def read_question(request: HttpRequest) -> Question:
    """Return the question of a POST; Refusal for any other content, size or shape."""
    if request.content_type != "application/json":
        raise Refusal(
            Code.BAD_USER_INPUT, "Send the query as Content-Type: application/json.", status=415
        )
    parts = _json_object(_body(request))
    query, variables = parts.get("query"), parts.get("variables")
    operation, digest = parts.get("operationName"), _digest(parts)
    by_digest = query is None and digest is not None
    if not by_digest and (not isinstance(query, str) or not query.strip()):
        raise _bad("query: the text of a GraphQL query is needed.")
    if variables is not None and not isinstance(variables, dict):
        raise _bad("variables: an object is needed.")
    if operation is not None and not isinstance(operation, str):
        raise _bad("operationName: a text is needed.")
    for text in (query or "", operation or ""):
        _refuse_odd_text(text)
    _refuse_odd_values(variables or {})
    if query is not None and digest not in (None, sha256_of(query)):
        raise _bad("The digest given is not the SHA-256 of the query sent with it.")
    return Question(query, digest, variables or {}, operation or None)


def sha256_of(text: str) -> str:
    """Return the digest a document is registered under."""
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(parts: dict[str, Any]) -> str | None:
    """Return the digest asked by: `documentId`, or what Apollo's clients send in `extensions`."""
    asked = parts.get("documentId")
    extensions = parts.get("extensions")
    persisted = extensions.get("persistedQuery") if isinstance(extensions, dict) else None
    if asked is None and isinstance(persisted, dict):
        asked = persisted.get("sha256Hash")
    if asked is None:
        return None
    found = DIGEST.fullmatch(asked) if isinstance(asked, str) else None
    if found is None:
        raise _bad("documentId: the SHA-256 of a registered document is needed, 64 hex digits.")
    return found[1].lower()


def _bad(message: str, *, status: int = 400) -> Refusal:
    return Refusal(Code.BAD_USER_INPUT, message, status=status)


def _body(request: HttpRequest) -> bytes:
    too_big = Refusal(
        Code.LIMIT_EXCEEDED,
        f"The request is too big; the limit is {BODY_BYTES_MOST} bytes.",
        status=413,
    )
    try:
        if int(request.headers.get("Content-Length") or 0) > BODY_BYTES_MOST:
            raise too_big
        body = request.read(BODY_BYTES_MOST + 1)
    except (ValueError, OSError, RawPostDataException, RequestDataTooBig):
        raise _bad("The request's body could not be read.") from None
    if len(body) > BODY_BYTES_MOST:
        raise too_big
    return body


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        parts = json.loads(body.decode("utf-8"), parse_constant=_no_such_number)
    except (ValueError, RecursionError):
        raise _bad("The request's body is not JSON in UTF-8.") from None
    if isinstance(parts, list):
        raise _bad("One query a request: batches are not answered.")
    if not isinstance(parts, dict):
        raise _bad("The request's body must be a JSON object with a query.")
    unknown = sorted(set(parts) - PARTS)
    if unknown:
        raise _bad(f"Unknown part of the request; there are {', '.join(sorted(PARTS))}.")
    return parts


def _no_such_number(word: str) -> None:
    raise ValueError(f"{word} is no number in JSON.")


def _refuse_odd_text(text: str) -> None:
    if "\0" in text:
        raise _bad("A text in the request holds the character U+0000.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise _bad("A text in the request holds half a character (a lone surrogate).")


def _refuse_odd_values(variables: dict[str, Any]) -> None:
    """Look through every value of the variables without recursion."""
    waiting: list[Any] = [variables]
    seen = 0
    while waiting:
        value = waiting.pop()
        seen += 1
        if seen > VALUES_MOST:
            raise Refusal(
                Code.LIMIT_EXCEEDED, f"variables: more than the {VALUES_MOST} values allowed."
            )
        if isinstance(value, str):
            _refuse_odd_text(value)
        elif isinstance(value, dict):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
