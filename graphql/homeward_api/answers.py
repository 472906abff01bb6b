"""Running a document and saying what came of it: shared by the providers' and the staff's door."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, execute

from cms_models.audit.services import record_reads
from homeward_api.documents import Invalid
from homeward_api.errors import Refusal, TooMany, error_body
from homeward_api.execution import Ask, BoundedExecution
from homeward_api.limits import COST_MOST
from homeward_api.requests import Question

BAD_REQUEST, OUR_FAULT = 400, 500


def run(schema: GraphQLSchema, document: Any, question: Question, ask: Ask) -> ExecutionResult:
    """Run a document; whose personal data the answer holds is logged before it is given."""
    result = execute(
        schema,
        document,
        context_value=ask,
        variable_values=question.variables,
        operation_name=question.operation,
        execution_context_class=BoundedExecution,
        is_awaitable=_never_awaitable,
    )
    if not isinstance(result, ExecutionResult):
        raise TypeError("No resolver here is asynchronous.")
    if ask.shown:
        record_reads(reader=ask.user, people=ask.shown, where="graphql", now=ask.now)
    return result


def _never_awaitable(_value: Any) -> bool:
    return False


def answer(
    result: ExecutionResult, *, cost: int, extensions: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Return an executed document's answer, with what it cost."""
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [error_body(error) for error in result.errors]
    body["extensions"] = {"cost": {"asked": cost, "most": COST_MOST}, **(extensions or {})}
    return json_answer(body, status=200)


def refused(why: Exception) -> HttpResponse:
    """Return the answer to a question that was not run; what we did not mean to say is masked."""
    if isinstance(why, Invalid):
        return _errors(why.errors, status=BAD_REQUEST)
    if not isinstance(why, Refusal):
        return _errors([GraphQLError("", original_error=why)], status=OUR_FAULT)
    response = _errors([why], status=why.status)
    if why.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="Homeward"'
    if isinstance(why, TooMany):
        response["Retry-After"] = str(why.seconds)
    return response


def _errors(errors: Sequence[GraphQLError], *, status: int) -> HttpResponse:
    return json_answer({"errors": [error_body(error) for error in errors]}, status=status)


def json_answer(body: Mapping[str, Any], *, status: int) -> HttpResponse:
    """Return JSON that nobody on the way keeps."""
    text = json.dumps(body, separators=(",", ":"))
    response = HttpResponse(text, content_type="application/json", status=status)
    response["Cache-Control"] = "no-store"
    return response
