"""The staff's address: POST, JSON, the session they are signed in with and its CSRF token."""

from time import monotonic
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views import View

from cms_models.accounts.models import User
from cms_models.accounts.roles import is_staff_role
from cms_models.fields.second_factor import needs_second_factor
from homeward_api.answers import answer, refused, run
from homeward_api.documents import Library
from homeward_api.errors import Code, Refusal
from homeward_api.execution import SECONDS_MOST, Ask
from homeward_api.requests import read_question
from homeward_api.staff.schema import schema

LIBRARY = Library(schema.graphql_schema)


class StaffGraphQLView(View):
    """Answers staff's questions; Django's CSRF check stands before it."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer one question, or say in one of the codes why not."""
        try:
            return _answered(request)
        except Exception as why:
            return refused(why)

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Say how to ask."""
        says = "Send POST with application/json, signed in as staff, with the CSRF token."
        response = refused(Refusal(Code.BAD_USER_INPUT, says, status=405))
        response["Allow"] = "POST"
        return response


def _answered(request: HttpRequest) -> HttpResponse:
    user = _staff_user(request)
    question = read_question(request)
    if question.query is None:
        raise Refusal(Code.BAD_USER_INPUT, "query: the text of a GraphQL query is needed.")
    document, cost = LIBRARY.prepare(question.query, question.variables)
    ask = Ask(
        user=user,
        on=timezone.localdate(),
        now=timezone.now(),
        ends_at=monotonic() + SECONDS_MOST,
    )
    return answer(run(schema.graphql_schema, document, question, ask), cost=cost)


def _staff_user(request: HttpRequest) -> User:
    """Return the member of staff who is signed in; 401 for nobody, 403 for anybody else."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        raise Refusal(Code.UNAUTHENTICATED, "Sign in as staff to ask here.", status=401)
    if not is_staff_role(user.role) or user.authority_id is None:
        raise Refusal(Code.FORBIDDEN, "This address answers staff only.", status=403)
    if not user.is_verified() and needs_second_factor(user):
        raise Refusal(
            Code.UNAUTHENTICATED,
            "Show your second factor first: open any page of the admin in this browser.",
            status=401,
        )
    return user
