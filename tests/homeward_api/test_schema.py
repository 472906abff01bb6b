"""The schema as a promise: a committed snapshot, described everywhere, nothing that reveals."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from graphql import GraphQLEnumType, GraphQLObjectType, is_specified_scalar_type

from homeward_api.management.commands.graphql_snapshot import SNAPSHOT
from homeward_api.schema import schema, sdl

TYPES = [
    kind
    for name, kind in schema.graphql_schema.type_map.items()
    if not name.startswith("__") and not is_specified_scalar_type(kind)
]


def test_the_committed_snapshot_is_what_the_schema_is():
    assert SNAPSHOT.read_text(encoding="utf-8") == sdl()
    call_command("graphql_snapshot", "--check", stdout=StringIO())


def test_a_changed_schema_fails_the_check_with_the_difference(tmp_path):
    kept = tmp_path / "schema.graphql"
    call_command("graphql_snapshot", "--file", str(kept), stdout=StringIO())
    kept.write_text(kept.read_text().replace("birthDate: Date!", "birthDate: Date"))

    with pytest.raises(CommandError, match=r"\+  birthDate: Date!"):
        call_command("graphql_snapshot", "--check", "--file", str(kept), stdout=StringIO())


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_every_type_and_field_is_described(kind):
    assert kind.description
    if isinstance(kind, GraphQLEnumType):
        assert all(value.description for value in kind.values.values())
    if isinstance(kind, GraphQLObjectType):
        for field in kind.fields.values():
            assert field.description
            assert all(argument.description for argument in field.args.values())


def test_there_is_no_node_and_no_type_of_the_whole_model():
    assert schema.graphql_schema.subscription_type is None
    assert not re.search(r"\binterface |\bnode\(|DjangoObject|\bpk\b", sdl())


def test_an_open_package_promises_exactly_these_fields():
    """A field added here is a decision about people's privacy: change this list knowingly."""
    assert set(schema.graphql_schema.type_map["OpenPackage"].fields) == {
        "id",
        "reference",
        "pathway",
        "zone",
        "lot",
        "startsOn",
        "weeklyMinutes",
        "skills",
        "calls",
        "decisionsNeeded",
        "postcodeDistrict",
        "postcodeSector",
        "coarsened",
        "setting",
        "needs",
        "mustHaves",
        "niceToHaves",
        "outcomes",
        "urgency",
        "startBy",
        "invitation",
        "state",
        "sentAt",
        "openedAt",
        "closesAt",
        "namesPrice",
        "offerQuestions",
        "questions",
        "myOffer",
    }
