"""The one address machines talk to: POST, JSON, a key; and the pages that explain it."""

import json
from collections.abc import Sequence
from time import monotonic
from typing import Any

from csp.decorators import csp
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from graphql import ExecutionResult, GraphQLError, execute

from homeward_api.auth import provider_user
from homeward_api.documentation import described_types
from homeward_api.documents import Invalid
from homeward_api.errors import Code, Refusal, error_body
from homeward_api.execution import SECONDS_MOST, Ask, BoundedExecution
from homeward_api.limits import COST_MOST
from homeward_api.own import Desk, Desks
from homeward_api.requests import Question, read_question
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


@method_decorator(csrf_exempt, name="dispatch")
class GraphQLView(View):
    """Answers providers' questions; CSRF cannot happen, since no cookie is ever read."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer one question, or say in one of the codes why not."""
        try:
            return _answered(request)
        except Refusal as refusal:
            return _refused([refusal], status=refusal.status)
        except Invalid as invalid:
            return _refused(invalid.errors, status=400)
        except Exception as ours:
            return _refused([GraphQLError("", original_error=ours)], status=500)

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Point whoever opens the address in a browser to the documentation."""
        refusal = Refusal(Code.BAD_USER_INPUT, GET_ANSWER, status=405)
        response = _refused([refusal], status=405)
        response["Allow"] = "POST"
        return response


def _answered(request: HttpRequest) -> HttpResponse:
    user = provider_user(request)
    question = read_question(request)
    desk = DESKS.of(user.authority)
    document, cost = desk.library.prepare(question.query, question.variables)
    ask = Ask(user=user, on=timezone.localdate(), ends_at=monotonic() + SECONDS_MOST)
    return _answer(_run(desk, document, question, ask), cost=cost)


def _run(desk: Desk, document: Any, question: Question, ask: Ask) -> ExecutionResult:
    result = execute(
        desk.schema,
        document,
        context_value=ask,
        variable_values=question.variables,
        operation_name=question.operation,
        execution_context_class=BoundedExecution,
        is_awaitable=_never_awaitable,
    )
    if not isinstance(result, ExecutionResult):
        raise TypeError("No resolver here is asynchronous.")
    return result


def _never_awaitable(_value: Any) -> bool:
    return False


def _answer(result: ExecutionResult, *, cost: int) -> HttpResponse:
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [error_body(error) for error in result.errors]
    body["extensions"] = {"cost": {"asked": cost, "most": COST_MOST}}
    return _json(body, status=200)


def _refused(errors: Sequence[GraphQLError], *, status: int) -> HttpResponse:
    response = _json({"errors": [error_body(error) for error in errors]}, status=status)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="Homeward"'
    return response


def _json(body: dict[str, Any], *, status: int) -> HttpResponse:
    text = json.dumps(body, separators=(",", ":"))
    response = HttpResponse(text, content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@csp(DOCS_POLICY)
def docs(request: HttpRequest) -> HttpResponse:
    """Show every type and field with its description, and how to ask."""
    base = request.build_absolute_uri("/graphql")
    return render(
        request,
        "homeward_api/docs.html",
        {"types": described_types(schema.graphql_schema), "address": base, "most": COST_MOST},
    )


@require_safe
def schema_text(request: HttpRequest) -> HttpResponse:
    """Give the schema in GraphQL's own language."""
    return HttpResponse(sdl(), content_type="text/plain; charset=utf-8")
