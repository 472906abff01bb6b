"""What no document may do: be too deep, too wide, too costly, too long to run, or odd."""

import json
import time
from itertools import pairwise

import pytest
from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, get_named_type, parse

from homeward_api import views
from homeward_api.documents import KEPT_MOST, Library
from homeward_api.errors import Refusal
from homeward_api.limits import refuse_too_much_written, weigh
from homeward_api.lists import sizes_of
from homeward_api.schema import schema

# Measured a few milliseconds each; the goal is 500 ms (platform.md S2), doubled for a busy machine.
SECONDS_MOST = 1.0


def cost_of(query: str, **variables: object) -> int:
    return weigh(schema.graphql_schema, parse(query), variables).cost


def refused(door, query: str, **variables: object) -> str:
    """Ask what must be refused, quickly, before anything runs; return the sentence."""
    began = time.process_time()
    answer = door.ask(query, **variables)
    assert time.process_time() - began < SECONDS_MOST
    assert (answer.status, answer.codes) == (400, ["LIMIT_EXCEEDED"]), answer.text
    assert "data" not in answer.body
    return answer.body["errors"][0]["message"]


def test_ix_07_a_deep_query_is_refused_with_the_limit(empty):
    # no data here lies deeper than five levels; unknown fields count just the same
    query = "{ a " + "{ a " * 10 + "}" * 11

    assert refused(empty, query) == "The query asks for 11 levels deep; the limit is 10."


def test_ix_07_a_wide_query_is_refused_with_the_limit(empty):
    # 1 + 100 × (nodes 1 + calls 1 + 10 × minutes 1 … each of five) = 1 + 100 × 52
    query = (
        "{ openPackages(first: 100) { nodes { calls { minutes carers earliest latest days } } } }"
    )

    assert refused(empty, query) == "The query asks for 5201 cost; the limit is 5000."


def test_ix_07_the_page_size_counts_through_a_variable_and_its_default(empty):
    query = "query ($n: Int = 100) { openPackages(first: $n) { nodes { calls { %s } } } }"
    query %= "minutes carers earliest latest days"

    assert "limit is 5000" in refused(empty, query)
    assert empty.ask(query, n=2).body["extensions"]["cost"] == {"asked": 105, "most": 5000}
    assert "limit is 5000" in refused(empty, query, n=100)
    assert "limit is 5000" in refused(empty, query, n=None)
    assert empty.ask(query, n=3).body["extensions"]["cost"]["asked"] == 157


def test_an_answer_shows_what_it_cost(empty):
    # openPackages 1 + 20 × (totalCount 1)
    answer = empty.ask("{ openPackages { totalCount } }")

    assert answer.body["extensions"]["cost"] == {"asked": 21, "most": 5000}


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("{ " + "me { authority { code } } " * 6 + "}", "6 fields at the top; the limit is 5"),
        (
            "{ ...A } fragment A on Query { ...B ...B ...B } "
            "fragment B on Query { me { authority { code } } lots { code } }",
            "6 fields at the top; the limit is 5",
        ),
        (
            "{ ... on Query { me { authority { code } } } ... { " + "lots { code } " * 5 + "} }",
            "6 fields at the top; the limit is 5",
        ),
        (
            "{ me { " + " ".join(f"a{n}: authority {{ code }}" for n in range(16)) + " } }",
            "16 aliases; the limit is 15",
        ),
        ("{ me " + "@include(if: true) " * 31 + "{ authority { code } } }", "31 directives"),
        ("{ lots { " + "code " * 300 + "} }", "301 fields and fragments written"),
        ("query a { me { authority { code } } } " * 6, "6 operations; the limit is 5"),
        ("{ lots { " + "code " * 4000 + "} }", "limit is 2000 tokens"),
        ("{ a" * 900, "too deep"),
        ("{ me(a: " + "[" * 990 + "]" * 990 + ") { authority { code } } }", "too deep"),
        ("{ me(a: " + "[" * 3000 + "]" * 3000 + ") { authority { code } } }", "too deep"),
        ("{ me(a: " + "{a: " * 600 + "1" + "}" * 600 + ") { authority { code } } }", "too deep"),
    ],
)
def test_ix_07_what_is_too_much_is_refused_at_once(empty, query, says):
    assert says in refused(empty, query)


def test_doubling_fragments_are_weighed_once_and_refused(empty):
    names = [f"F{n}" for n in range(60)]
    body = " ".join(
        f"fragment {name} on Query {{ ...{below} ...{below} }}" for name, below in pairwise(names)
    )
    query = "{ ...F0 } " + body + " fragment F59 on Query { me { authority { code } } }"

    # 2^59 fields at the top: nobody wants the figure
    assert "more than 10^9 fields at the top; the limit is 5" in refused(empty, query)


def test_cyclic_fragments_are_named_by_the_standard_rules(empty):
    query = "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"

    answer = empty.ask(query)

    assert (answer.status, set(answer.codes)) == (400, {"BAD_USER_INPUT"})
    assert "Cannot spread fragment" in answer.text


def test_a_document_within_the_limits_is_read_in_time(empty):
    """The worst that passes: 298 repeated fields, which validation compares pair by pair."""
    began = time.process_time()

    answer = empty.ask("{ me { authority { " + "code " * 298 + "} } }")

    assert time.process_time() - began < SECONDS_MOST
    assert answer.data["me"]["authority"] == {"code": "emptyshire"}


def test_the_schemas_own_introspection_is_answered_and_costs_a_fixed_sum(empty):
    answer = empty.ask("{ __schema { types { name fields { name type { ofType { name } } } } } }")

    assert "OpenPackage" in {kind["name"] for kind in answer.data["__schema"]["types"]}
    assert answer.body["extensions"]["cost"]["asked"] == 500


def test_nested_introspection_is_refused(empty):
    query = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"

    assert set(empty.ask(query).codes) == {"BAD_USER_INPUT"}


def test_every_list_of_objects_declares_how_it_is_counted():
    kinds = schema.graphql_schema.type_map.values()
    sizes = sizes_of(schema.graphql_schema)

    undeclared = [
        (kind.name, name)
        for kind in kinds
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        for name, field in kind.fields.items()
        if is_list(field.type)
        and isinstance(get_named_type(field.type), GraphQLObjectType)
        and (kind.name, name) not in sizes
    ]

    assert undeclared == []


def is_list(kind: object) -> bool:
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    return isinstance(kind, GraphQLList)


def test_a_fragment_costs_what_its_fields_cost_where_it_is_spread():
    plain = cost_of("{ lots { places { rank tier } } }")

    # lots 1 + 30 × (places 1 + 5 × 2)
    assert plain == 1 + 30 * 11
    spread = "{ lots { ...P } } fragment P on Lot { ... { places { ...T } } } "
    assert cost_of(spread + "fragment T on LotPlace { rank tier }") == plain


def test_typename_is_always_allowed_and_free():
    assert cost_of("{ __typename me { __typename } }") == 1


def test_counting_written_fields_opens_inline_fragments():
    text = "{ me { ... { " + "authority { code } " * 160 + "} } }"

    with pytest.raises(Refusal, match="the limit is 300"):
        refuse_too_much_written(parse(text))


def test_a_library_keeps_the_documents_asked_last_and_no_more():
    library = Library(schema.graphql_schema)

    for number in range(KEPT_MOST + 5):
        library.prepare(f"query q{number} {{ me {{ authority {{ code }} }} }}", {})

    assert len(library._kept) == KEPT_MOST


def test_a_kept_document_is_weighed_again_for_another_page_size():
    library = Library(schema.graphql_schema)
    query = "query ($n: Int) { packages(first: $n) { totalCount } }"

    costs = [library.prepare(query, {"n": n})[1] for n in (1, 50, 1, 1.0, True, None, "x")]
    absent = library.prepare(query, {})[1]

    # anything that is no whole number counts as the longest page, and is refused when run
    assert (costs, absent) == ([2, 51, 2, 101, 101, 101, 101], 21)


def test_when_time_is_up_the_whole_query_stops(council, p1, monkeypatch):
    council.package(1)
    monkeypatch.setattr(views, "SECONDS_MOST", -1.0)

    answer = p1.ask('{ a: me { authority { code } } rates(asOf: "2018-01-01") { card } }')

    assert (answer.body["data"], answer.codes) == (None, ["LIMIT_EXCEEDED"])
    assert "longer than its 2 seconds" in answer.text


def test_time_up_in_the_middle_is_not_turned_into_nulls(council, p1, monkeypatch):
    council.released(1)

    def slow(*_args, **_kwargs):
        time.sleep(0.55)
        return {}

    monkeypatch.setattr(views, "SECONDS_MOST", 0.5)
    monkeypatch.setattr("homeward_api.types.packages.calls_of", slow)

    answer = p1.ask(
        '{ openPackages { nodes { calls { days } } } rates(asOf: "2018-01-01") { card } }'
    )

    assert (answer.body["data"], answer.codes) == (None, ["LIMIT_EXCEEDED"])


ECHO = "query ($x: String) { openPackages(lot: $x) { totalCount } }"
PAGE = "query ($n: Int) { openPackages(first: $n) { totalCount } }"


@pytest.mark.parametrize(
    "body",
    [
        {"query": ECHO, "variables": {"x": "a\0b"}},
        {"query": ECHO, "variables": {"x": "\ud800"}},
        {"query": ECHO, "variables": {"x": 5}},
        {"query": ECHO, "variables": {"\0": "a"}},
        {"query": ECHO, "variables": {"x": {"y": ["\udfff"]}}},
        {"query": PAGE, "variables": {"n": 10**20}},
        {"query": PAGE, "variables": {"n": 1.5}},
        {"query": PAGE, "variables": {"n": True}},
        {"query": PAGE, "variables": {"n": "2"}},
        {"query": PAGE, "variables": {"n": [2]}},
        {"query": PAGE, "variables": []},
        {"query": PAGE, "variables": "n=1"},
        {"query": '{ openPackages(lot: "\\u0000") { totalCount } }'},
        {"query": '{ openPackages(lot: "\\uD800") { totalCount } }'},
        {"query": '{ openPackages(lot: "\ud800") { totalCount } }'},
        {"query": "{ openPackages(first: 100000000000000000000) { totalCount } }"},
        {"query": "{ openPackages(first: " + "9" * 5000 + ") { totalCount } }"},
        {"query": "{ openPackages(first: 1e400) { totalCount } }"},
        {"query": "{ openPackages(first: NaN) { totalCount } }"},
        {"query": '{ rates(asOf: "31/03/2018") { card } }'},
        {"query": '{ rates(asOf: "2018-02-30") { card } }'},
        {"query": "{ rates(asOf: 20180331) { card } }"},
        {"query": "query ($d: Date!) { rates(asOf: $d) { card } }", "variables": {"d": 5}},
        {"query": "query ($d: Date!) { rates(asOf: $d) { card } }", "variables": {"d": "x"}},
        {"query": "query ($d: Date!) { rates(asOf: $d) { card } }"},
        {"query": '{ rates(asOf: "2018-03-31", pathway: X) { card } }'},
        {"query": "{ nope }"},
        {"query": "{ me { nope } }"},
        {"query": "mutation { award }"},
        {"query": "subscription { me { authority { code } } }"},
        {"query": "query a { __typename } query b { __typename }"},
        {"query": "query a { __typename }", "operationName": "b"},
        {"query": "query a { __typename }", "operationName": 5},
        {"query": "{"},
        {"query": ""},
        {"query": None},
        {"query": 7},
        {},
        {"query": "{ __typename }", "more": 1},
        [{"query": "{ __typename }"}],
        [{"query": "{ __typename }"}] * 1000,
        "text",
        None,
        b"",
        b"{",
        b"\xff\xfe",
        b'{"query": "{ __typename }", "variables": {"n": NaN}}',
        b'{"query": "{ __typename }", "variables": {"n": Infinity}}',
        b'{"query": "' + b"[" * 50_000,
        b"[" * 50_000,
        b'{"query": "{ __typename }", "variables": {"n": ' + b"9" * 5000 + b"}}",
    ],
    ids=repr,
)
def test_bad_input_is_the_callers_fault_and_never_ours(empty, body):
    if isinstance(body, str):
        body = json.dumps(body)

    answer = empty.send(body)

    assert set(answer.codes) == {"BAD_USER_INPUT"}, answer.text
    assert answer.body.get("data") is None


def test_odd_numbers_that_are_in_bounds_are_read(empty):
    assert empty.ask(PAGE, n=2.0).data["openPackages"]["totalCount"] == 0


def test_a_body_of_more_than_100_kb_is_not_read(empty):
    answer = empty.send({"query": "{ __typename }", "variables": {"x": "y" * 102_400}})

    assert (answer.status, answer.codes) == (413, ["LIMIT_EXCEEDED"])


def test_more_values_than_anybody_needs_are_refused(empty):
    answer = empty.send({"query": "{ __typename }", "variables": {"x": [1] * 20_000}})

    assert (answer.status, answer.codes) == (400, ["LIMIT_EXCEEDED"])
