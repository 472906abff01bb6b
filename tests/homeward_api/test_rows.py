"""The short way through plain rows answers exactly as graphql-core does."""

import pytest
from django.utils import timezone
from graphql import ExecutionContext, execute, parse

from cms_models.care.models import CarePackage
from homeward_api.execution import Ask, BoundedExecution
from homeward_api.schema import schema
from tests.council import TODAY
from tests.homeward_api.test_configuration import LOTS, QUALITY, ZONE_MAP
from tests.homeward_api.test_packages import OPEN, OWN, give, open_to

NEVER = float("inf")
ALIASED = """
query ($no: Boolean = false) {
  __typename
  openPackages { __typename nodes { __typename ref: reference zone @include(if: $no) { code }
    ...More again: calls { __typename d: days @skip(if: $no) ...Kind } lot { ... { code } } } } }
fragment More on OpenPackage { zone { __typename name } ref: reference }
fragment Kind on Call { kind minutes kind }
"""


@pytest.mark.parametrize(
    "query", [OPEN, OWN, ALIASED, LOTS, ZONE_MAP, QUALITY], ids=lambda text: text[:12]
)
def test_the_short_way_answers_as_graphql_core_does(council, query):
    package = council.package(1, pattern="Mon 08:00 30m; Tue 09:00 45m x2 peg")
    open_to(council, [package], "P1")
    give(council, council.package(2), "P1")
    ask = Ask(user=council.provider_users["P1"], on=TODAY, now=timezone.now(), ends_at=NEVER)
    plain, short = (
        execute(schema.graphql_schema, parse(query), context_value=ask, execution_context_class=way)
        for way in (ExecutionContext, BoundedExecution)
    )

    assert plain.errors is None
    assert short == plain
    assert list(short.data) == list(plain.data)


def test_a_value_its_type_does_not_take_is_reported_at_its_place(council):
    council.released(1)
    CarePackage.objects.update(pathway="?")
    ask = Ask(user=council.provider_users["P1"], on=TODAY, now=timezone.now(), ends_at=NEVER)
    query = "{ openPackages { nodes { reference pathway } } }"
    plain, short = (
        execute(schema.graphql_schema, parse(query), context_value=ask, execution_context_class=way)
        for way in (ExecutionContext, BoundedExecution)
    )

    assert [error.path for error in short.errors] == [["openPackages", "nodes", 0, "pathway"]]
    assert str(short.errors) == str(plain.errors)
    assert short.data == plain.data
