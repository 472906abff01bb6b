"""The one address machines talk to: POST, JSON, a key; and the pages that explain it."""

from datetime import datetime
from time import monotonic
from typing import Any

from csp.decorators import csp
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from graphql import DocumentNode

from cms_models.notices.trusted import document_text
from homeward_api.answers import answer, refused, run
from homeward_api.auth import Caller, caller_of
from homeward_api.documentation import described_types
from homeward_api.documents import Invalid
from homeward_api.errors import SAYS, Code, Refusal
from homeward_api.examples import as_json
from homeward_api.execution import SECONDS_MOST, Ask
from homeward_api.limits import COST_MOST
from homeward_api.meter import metered
from homeward_api.own import Desk, Desks
from homeward_api.requests import Question, read_question, sha256_of
from homeward_api.schema import schema, sdl

DESKS = Desks(schema.graphql_schema)
GET_ANSWER = "Send POST with application/json; how and what is at /graphql/docs."
# A page of text: nothing runs in it and nothing is fetched but its own style sheet.
DOCS_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'self'"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
}
# The explorer runs one module of ours and asks this site only; no text in it is ever evaluated.
EXPLORER_POLICY = {**DOCS_POLICY, "script-src": ["'self'"], "connect-src": ["'self'"]}


@method_decorator(csrf_exempt, name="dispatch")
class GraphQLView(View):
    """Answers providers' questions; CSRF cannot happen, since no cookie is ever read."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer one question, or say in one of the codes why not."""
        try:
            return _answered(request)
        except Exception as why:
            return refused(why)

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Point whoever opens the address in a browser to the documentation."""
        response = refused(Refusal(Code.BAD_USER_INPUT, GET_ANSWER, status=405))
        response["Allow"] = "POST"
        return response


def _answered(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    caller = caller_of(request, now=now)
    desk = DESKS.of(caller.user.authority)
    question, document, cost, rate = _prepared(request, caller, desk, now=now)
    ask = Ask(
        user=caller.user,
        on=timezone.localdate(),
        now=now,
        ends_at=monotonic() + SECONDS_MOST,
        key=caller.key,
        prepare=desk.library.prepare,
    )
    return answer(run(desk.schema, document, question, ask), cost=cost, extensions={"rate": rate})


def _prepared(
    request: HttpRequest, caller: Caller, desk: Desk, *, now: datetime
) -> tuple[Question, DocumentNode, int, dict[str, Any]]:
    """Return what is asked, ready to run, and what is left of the key's minute.

    Every request is counted once, a refused one too: else a key could try without end.
    """
    try:
        question = read_question(request)
        text = _text(question, caller)
        document, cost = desk.library.prepare(text, question.variables)
    except (Refusal, Invalid):
        metered(key=caller.key, cost=0, now=now)
        raise
    return question, document, cost, metered(key=caller.key, cost=cost, now=now)


def _text(question: Question, caller: Caller) -> str:
    """Return the document asked, by its digest where no text is sent."""
    if question.query is not None and not caller.trusted_only:
        return question.query
    digest = question.digest or sha256_of(question.query or "")
    text = document_text(user=caller.user, sha256=digest)
    if text is not None:
        return text
    if question.query is None:
        raise Refusal(
            Code.NOT_FOUND,
            f"No document of yours is registered under {digest}: send its text, or register it "
            "with registerDocument.",
        )
    raise Refusal(
        Code.FORBIDDEN,
        "This provider's keys ask registered documents only, and this is none of them: the "
        "council lifts the lock.",
        status=403,
    )


@require_safe
@csp(DOCS_POLICY)
def docs(request: HttpRequest) -> HttpResponse:
    """Show every type and field with its description, and how to ask."""
    base = request.build_absolute_uri("/graphql")
    return render(
        request,
        "homeward_api/docs.html",
        {
            "types": described_types(schema.graphql_schema),
            "address": base,
            "errors": [(code.value, words) for code, words in SAYS.items()],
            "most": COST_MOST,
            "requests_a_minute": settings.GRAPHQL_REQUESTS_A_MINUTE,
            "cost_a_minute": settings.GRAPHQL_COST_A_MINUTE,
        },
    )


@require_safe
@csp(EXPLORER_POLICY)
def explorer(request: HttpRequest) -> HttpResponse:
    """Show a page to try questions on, with a key pasted in and kept nowhere."""
    found = described_types(schema.graphql_schema)
    fields = [one for kind in found if kind.name in ("Query", "Mutation") for one in kind.entries]
    return render(
        request,
        "homeward_api/explorer.html",
        {"types": found, "fields": fields, "examples": as_json()},
    )


@require_safe
def schema_text(request: HttpRequest) -> HttpResponse:
    """Give the schema in GraphQL's own language."""
    return HttpResponse(sdl(), content_type="text/plain; charset=utf-8")
