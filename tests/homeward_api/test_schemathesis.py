"""Documents nobody thought of, made from the schema: each is answered or refused with a code."""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes

from homeward_api.errors import Code
from homeward_api.management.commands.graphql_snapshot import SNAPSHOT
from homeward_api.schema import schema

EXAMPLES_A_FIELD = 4
FIELDS = [
    (root.name, name)
    for root in (schema.graphql_schema.query_type, schema.graphql_schema.mutation_type)
    for name in root.fields
]
schemathesis.graphql.scalar("Date", st.dates().map(str).map(nodes.String))
CALLER_CAN_MEND = set(Code) - {Code.INTERNAL}


@pytest.fixture
def asked(council, p1, settings):
    """Send a document as P1, whose council has something of everything; nothing may be masked."""
    settings.GRAPHQL_REQUESTS_A_MINUTE = settings.GRAPHQL_COST_A_MINUTE = 10**8
    council.released(1)

    def ask(query: str) -> None:
        answer = p1.ask(query)
        assert answer.status in (200, 400), (query, answer.text)
        assert set(answer.codes) <= CALLER_CAN_MEND, (query, answer.text)

    return ask


def test_no_document_made_from_the_schema_meets_a_masked_error(asked):
    made = schemathesis.graphql.from_file(SNAPSHOT.read_text(encoding="utf-8"))
    for root, name in FIELDS:

        @settings(
            max_examples=EXAMPLES_A_FIELD,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=made[root][name].as_strategy())
        def try_some(case) -> None:
            asked(case.body)

        try_some()
