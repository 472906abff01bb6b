"""Own fields: what each kind keeps and refuses, keys and codes for ever, nobody else's records."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import STAFF_ROLES, Role
from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import chain_faults, history_of
from cms_models.fields.own import designing, services
from cms_models.fields.own.domain import (
    Choice,
    FieldDefinition,
    FieldKind,
    Refused,
    clean_value,
    clean_values,
    grouped,
    plain,
    read_text,
    say,
)
from cms_models.fields.own.models import CustomField, Entry, RecordType, SavedView, StoredFile
from cms_models.fields.own.selectors import fields_of, linked_names, rows_of_kind

DSPT = (
    Choice("met", "Standards met"),
    Choice("below", "Approaching standards"),
    Choice("old", "Standards exceeded", retired=True),
)


def field(kind: str, **said) -> FieldDefinition:
    return FieldDefinition(key="it", label="It", kind=FieldKind(kind), **said)


KEPT = [
    (field("text"), "  a line ", "a line"),
    (field("text"), "<b>bold</b>", "<b>bold</b>"),
    (field("long_text"), "two\r\nlines", "two\nlines"),
    (field("number"), 12, 12),
    (field("number", decimals=2), Decimal("1.25"), 1.25),
    (field("number", decimals=1), -0.0, 0.0),
    (field("number", least=0, most=10), 10, 10),
    (field("money"), 1234, 1234),
    (field("money", least=-500), -500, -500),
    (field("date"), "2026-11-23", "2026-11-23"),
    (field("date"), date(2026, 11, 23), "2026-11-23"),
    (field("yes_no"), False, False),
    (field("choice", choices=DSPT), "met", "met"),
    (field("choices", choices=DSPT), ["below", "met", "met"], ["met", "below"]),
    (field("link", link_to="market.provider"), 7, 7),
    (
        field("file"),
        {"file": 1, "name": "a.pdf", "size": 3, "sha256": "x"},
        {"file": 1, "name": "a.pdf", "size": 3, "sha256": "x"},
    ),
    (
        field("location"),
        {"latitude": 52.056733, "longitude": -2.7},
        {"latitude": 52.05673, "longitude": -2.7, "postcode": ""},
    ),
    (field("text"), "", None),
    (field("choices", choices=DSPT), [], None),
]


@pytest.mark.parametrize(("definition", "given", "kept"), KEPT)
def test_a_value_is_kept_json_plain(definition, given, kept):
    found = clean_value(definition, given)

    assert found == kept
    assert type(found) is type(kept)
    assert str(found) != "-0.0"


REFUSED = [
    (field("text"), 12, "text is needed"),
    (field("text"), "x" * 201, "at most 200 characters are kept, not 201"),
    (field("text"), "bell\x07", "control character"),
    (field("long_text"), "x" * 10_001, "at most 10,000"),
    (field("number"), "12", "a number is needed"),
    (field("number"), True, "a number is needed"),
    (field("number"), 1.5, "a whole number is needed"),
    (field("number"), float("nan"), "too large a number"),
    (field("number"), float("inf"), "too large a number"),
    (field("number"), 10**12, "too large a number"),
    (field("number", decimals=2), Decimal("1.255"), "at most 2 decimals"),
    (field("number", least=1, unit="hours"), 0, "at least 1 hours is needed"),
    (field("number", most=1000), 1001, "at most 1,000 is possible"),
    (field("money", most=150_000), 150_001, "at most £1,500.00 is possible"),
    (field("money"), 0.5, "whole pence"),
    (field("date"), "2026-02-30", "is not a date"),
    (field("date"), "23/11/2026", "is not a date"),
    (field("date"), "0202-01-01", "out of the ordinary"),
    (field("yes_no"), "yes", "yes or no is needed"),
    (field("yes_no"), 1, "yes or no is needed"),
    (field("choice", choices=DSPT), "none", "is none of Standards met, Approaching standards"),
    (field("choice", choices=DSPT), "old", "“Standards exceeded” is no longer in use"),
    (field("choice", choices=DSPT), {"$ne": 1}, "is none of"),
    (field("choices", choices=DSPT), "met", "a list of choices"),
    (field("choices", choices=DSPT), ["met", ["x"]], "a list of choices"),
    (field("choices", choices=DSPT), ["met", "old"], "no longer in use"),
    (field("link"), "7", "a record is needed"),
    (field("link"), True, "a record is needed"),
    (field("link"), -1, "a record is needed"),
    (field("file"), "../etc/passwd", "a file is needed"),
    (field("file"), {"file": "1", "name": "a", "size": 1, "sha256": ""}, "a file is needed"),
    (field("location"), {"latitude": 91, "longitude": 0}, "between −90 and 90"),
    (field("location"), {"latitude": 1}, "a latitude and a longitude"),
    (field("location"), {"latitude": 1, "longitude": 1, "x": {}}, "has no 'x'"),
    (field("text"), {"nested": {"deep": 1}}, "text is needed"),
]


@pytest.mark.parametrize(("definition", "given", "because"), REFUSED)
def test_a_value_that_does_not_fit_is_refused_by_name_in_words(definition, given, because):
    with pytest.raises(Refused, match=because) as refusal:
        clean_value(definition, given)

    assert str(refusal.value).startswith("It: ")


def test_a_record_may_keep_a_choice_that_was_retired_since():
    one = field("choice", choices=DSPT)
    several = field("choices", choices=DSPT)

    assert clean_value(one, "old", before="old") == "old"
    assert clean_value(several, ["old", "met"], before=["old"]) == ["met", "old"]
    with pytest.raises(Refused):
        clean_value(several, ["old", "met"], before=["met"])


def test_values_of_fields_not_stated_stay_and_strangers_are_refused():
    fields = (
        FieldDefinition("one", "One", FieldKind.TEXT),
        FieldDefinition("two", "Two", FieldKind.TEXT, required=True),
        FieldDefinition("gone", "Gone", FieldKind.TEXT, retired=True),
    )
    stored = {"one": "1", "two": "2", "gone": "3", "unseen": "4"}

    changed = clean_values(fields, {"one": ""}, stored=stored)
    wrong = clean_values(fields, {"two": "", "gone": "x", "__class__": "x"}, stored=stored)

    assert (changed.values, changed.refusals) == ({"two": "2", "gone": "3", "unseen": "4"}, {})
    assert wrong.refusals == {
        "two": "Two is needed.",
        "gone": "There is no field 'gone' here that you may change.",
        "__class__": "There is no field '__class__' here that you may change.",
    }


def test_a_new_record_gets_defaults_and_must_have_what_is_required():
    fields = (
        FieldDefinition("one", "One", FieldKind.NUMBER, default=5),
        FieldDefinition("two", "Two", FieldKind.TEXT, required=True),
    )

    assert clean_values(fields, {"two": "x"}).values == {"one": 5, "two": "x"}
    assert clean_values(fields, {}).refusals == {"two": "Two is needed."}


SAID = [
    (field("number", decimals=1, unit="hours"), 1234.5, "1,234.5 hours", 1234.5),
    (field("money"), 123456, "£1,234.56", Decimal("1234.56")),
    (field("money"), -5, "−£0.05", Decimal("-0.05")),
    (field("date"), "2026-11-23", "23/11/2026", "23/11/2026"),
    (field("yes_no"), True, "Yes", "Yes"),
    (field("choice", choices=DSPT), "old", "Standards exceeded", "Standards exceeded"),
    (field("choice", choices=DSPT), "never", "never", "never"),
    (
        field("choices", choices=DSPT),
        ["met", "old"],
        "Standards met, Standards exceeded",
        "Standards met; Standards exceeded",
    ),
    (field("link"), 7, "Seven", "Seven"),
    (field("link"), 8, "(gone)", "(gone)"),
    (
        field("location"),
        {"latitude": 52.1, "longitude": -2.7, "postcode": "HR1 1AA"},
        "HR1 1AA (52.1, -2.7)",
        "52.1, -2.7",
    ),
    (field("text"), None, "–", ""),
]


@pytest.mark.parametrize(("definition", "value", "words", "cell"), SAID)
def test_a_value_reads_as_people_write_it_and_exports_as_a_sheet_keeps_it(
    definition, value, words, cell
):
    assert say(definition, value, names={7: "Seven"}) == words
    assert plain(definition, value, names={7: "Seven"}) == cell


READ = [
    (field("number", decimals=1), "1,234.5", 1234.5),
    (field("money"), "£1,234.56", 123456),
    (field("date"), "3/1/2026", "2026-01-03"),
    (field("date"), "2026-01-03", "2026-01-03"),
    (field("yes_no"), "YES", True),
    (field("choice", choices=DSPT), "standards MET", "met"),
    (field("choices", choices=DSPT), "Approaching standards; met", ["met", "below"]),
    (field("link"), "Seven", 7),
    (field("location"), "52.1, -2.7", {"latitude": 52.1, "longitude": -2.7, "postcode": ""}),
]


@pytest.mark.parametrize(("definition", "text", "value"), READ)
def test_a_cell_of_a_file_is_read_as_people_write_it(definition, text, value):
    assert read_text(definition, text, numbers={"seven": 7}) == value


@pytest.mark.parametrize(
    ("definition", "text"),
    [
        (field("number"), "twelve"),
        (field("money"), "1.005"),
        (field("money"), "NaN"),
        (field("date"), "31/02/2026"),
        (field("yes_no"), "maybe"),
        (field("link"), "Eight"),
        (field("file"), "a.pdf"),
        (field("location"), "52.1"),
    ],
)
def test_a_cell_that_cannot_be_read_says_why(definition, text):
    with pytest.raises(Refused, match="It: "):
        read_text(definition, text, numbers={})


@pytest.mark.parametrize(
    "key",
    ["__class__", "_x", "x_", "a__b", "Caps", "1st", "a-b", "a b", "a.b", "", "x" * 41, "é"],
)
def test_such_a_key_is_refused(key):
    assert designing.key_refusal(key)


def test_a_key_is_made_of_the_label():
    assert designing.key_from("DSPT status") == "dspt_status"
    assert designing.key_from("2nd visit – café?") == "nd_visit_cafe"
    assert designing.key_from("__class__") == "class"


def test_choices_are_written_one_a_line_and_what_is_taken_out_is_retired():
    before = (Choice("met", "Standards met"), Choice("below", "Approaching standards"))

    after = designing.read_choices("met | All standards met\nStandards exceeded", before=before)
    again = designing.read_choices("All standards met\nApproaching standards", before=after)

    assert after == (
        Choice("met", "All standards met"),
        Choice("standards-exceeded", "Standards exceeded"),
        Choice("below", "Approaching standards", retired=True),
    )
    assert [one.code for one in again] == ["met", "below", "standards-exceeded"]
    assert designing.write_choices(after) == (
        "met | All standards met\nstandards-exceeded | Standards exceeded"
    )


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("\n".join(f"c{n} | Choice {n}" for n in range(10_000)), "10,000 choices are too many"),
        ("a | One\nA | Two", "stands twice"),
        ("<script> | x", "needs a code"),
        ("a | ", "must have 1 to 120"),
        ("???", "needs a code"),
    ],
)
def test_choices_that_cannot_be_used_are_refused(text, because):
    with pytest.raises(Refused, match=because):
        designing.read_choices(text)


def test_what_makes_a_field_unusable_is_said_beside_the_setting():
    wrong = field(
        "number",
        decimals=9,
        least=5,
        most=1,
        see=frozenset({"broker"}),
        edit=frozenset({"finance"}),
    )

    assert [name for name, _ in designing.design_refusals(wrong)] == ["decimals", "most", "edit"]
    assert [name for name, _ in designing.design_refusals(field("choice"))] == ["choices"]
    assert [name for name, _ in designing.design_refusals(field("link"))] == ["link_to"]
    bad_default = field("number", most=3, default=4)
    assert [name for name, _ in designing.design_refusals(bad_default)] == ["default"]


def test_keys_kinds_and_codes_are_for_ever():
    before = field("choice", choices=DSPT)
    after = FieldDefinition("other", "It", FieldKind.TEXT, choices=DSPT[:1])

    found = dict(designing.change_refusals(before, after))

    assert set(found) == {"key", "kind", "choices"}
    assert "retire it instead" in found["choices"]


def test_groups_stand_in_the_order_of_their_first_field():
    fields = [
        FieldDefinition("a", "A", FieldKind.TEXT, group="Later"),
        FieldDefinition("b", "B", FieldKind.TEXT),
        FieldDefinition("c", "C", FieldKind.TEXT, group="Later"),
    ]

    assert [(name, [f.key for f in some]) for name, some in grouped(fields)] == [
        ("Later", ["a", "c"]),
        ("", ["b"]),
    ]


# With the database: services and permissions.


def add_field(council, record_type="market.provider", **said) -> CustomField:
    said = {"label": "DSPT status", "kind": "text", **said}
    return services.save_field(
        actor=council[Role.ADMINISTRATOR],
        field=CustomField(authority=council.authority, record_type=record_type, **said),
        expected_version=None,
    )


def add_type(council, name="Safeguarding alert", **said) -> RecordType:
    said = {
        "plural": f"{name}s",
        "see": [Role.CONTRACT_MANAGER.value],
        "change": [Role.CONTRACT_MANAGER.value],
        **said,
    }
    return services.save_record_type(
        actor=council[Role.ADMINISTRATOR],
        record_type=RecordType(authority=council.authority, name=name, **said),
        expected_version=None,
    )


def add_entry(council, kind: RecordType, title="Alert 1", role=Role.CONTRACT_MANAGER) -> Entry:
    return services.save_entry(
        actor=council[role],
        entry=Entry(authority=council.authority, record_type=kind, title=title),
        expected_version=None,
    )


def test_values_are_saved_through_the_audit_under_their_key(council):
    add_field(council)
    provider = council.providers["P1"]

    services.put_own_values(
        actor=council[Role.CONTRACT_MANAGER], record=provider, values={"dspt_status": "Met"}
    )

    provider.refresh_from_db()
    entry = history_of(provider, user=council[Role.AUDITOR]).first()
    assert provider.custom == {"dspt_status": "Met"}
    assert entry.after == {"custom.dspt_status": "Met"}
    assert list(chain_faults(council.authority)) == []


def test_a_key_is_never_given_again(council):
    one = add_field(council)
    services.retire_field(actor=council[Role.ADMINISTRATOR], field=one)

    with pytest.raises(ValidationError, match="was that of DSPT status"):
        add_field(council)
    two = add_field(council, key="dspt_status_2")

    assert [f.key for f in fields_of(council.authority, "market.provider")] == [
        "dspt_status",
        "dspt_status_2",
    ]
    assert two.order == one.order + 1


@pytest.mark.parametrize("key", ["__class__", "a__b", "X"])
def test_a_field_with_a_wicked_key_is_not_saved(council, key):
    with pytest.raises(ValidationError, match="cannot be a key"):
        add_field(council, key=key)

    assert not CustomField.objects.exists()


@pytest.mark.parametrize("label", ["market.nothing", "auth.user", "entry.stranger", "", "x"])
def test_a_field_is_of_a_kind_of_record_there_is(council, label):
    with pytest.raises(ValidationError, match="no such kind of record"):
        add_field(council, record_type=label)


def test_only_the_roles_that_design_records_add_fields_and_types(council):
    for role in sorted(STAFF_ROLES - {Role.ADMINISTRATOR, Role.COMMISSIONER}):
        with pytest.raises(PermissionDenied):
            services.save_field(
                actor=council[role],
                field=CustomField(
                    authority=council.authority,
                    record_type="market.provider",
                    label="X",
                    kind="text",
                ),
                expected_version=None,
            )
        with pytest.raises(PermissionDenied):
            services.save_record_type(
                actor=council[role],
                record_type=RecordType(authority=council.authority, name="X", plural="Xs"),
                expected_version=None,
            )
    assert not CustomField.objects.exists()
    assert not RecordType.objects.exists()


def test_a_role_may_not_write_a_field_that_is_not_its_own(council):
    add_field(council, edit=[Role.ADMINISTRATOR.value])
    add_field(council, label="Secret", see=[Role.ADMINISTRATOR.value])
    provider = council.providers["P1"]

    for key in ("dspt_status", "secret"):
        with pytest.raises(ValidationError, match="no field"):
            services.put_own_values(
                actor=council[Role.CONTRACT_MANAGER], record=provider, values={key: "x"}
            )

    provider.refresh_from_db()
    assert provider.custom == {}


def test_a_link_leads_to_a_record_of_the_same_council_only(council, other_council):
    add_field(council, label="Sister", kind="link", link_to="market.provider")
    provider, manager = council.providers["P1"], council[Role.CONTRACT_MANAGER]
    strange = other_council.providers["P1"]

    with pytest.raises(ValidationError, match="no such record to link to"):
        services.put_own_values(actor=manager, record=provider, values={"sister": strange.pk})
    services.put_own_values(
        actor=manager, record=provider, values={"sister": council.providers["P2"].pk}
    )

    fields = fields_of(council.authority, "market.provider")
    own = linked_names(manager, fields, [provider])
    assert own == {"sister": {council.providers["P2"].pk: "Provider Two"}}
    assert not rows_of_kind(manager, "market.provider").filter(pk=strange.pk).exists()


def test_a_file_is_kept_by_its_bare_name_for_its_own_field_and_council_only(council, other_council):
    add_field(council, label="Certificate", kind="file")
    add_field(council, label="Other", kind="file")
    manager, provider = council[Role.CONTRACT_MANAGER], council.providers["P1"]
    certificate, other = fields_of(council.authority, "market.provider")

    value = services.keep_file(
        actor=manager, definition=certificate, name="../../C:\\x\\dspt.pdf", content=b"PDF"
    )
    services.put_own_values(actor=manager, record=provider, values={"certificate": value})

    assert (value["name"], value["size"]) == ("dspt.pdf", 3)
    for key, given in (("other", value), ("certificate", {**value, "name": "x.pdf"})):
        with pytest.raises(ValidationError, match="no such file"):
            services.put_own_values(actor=manager, record=provider, values={key: given})
    for name, content in (("a.html", b"x"), ("a.svg", b"x"), ("a.pdf", b""), ("pdf", b"x")):
        with pytest.raises(ValidationError):
            services.keep_file(actor=manager, definition=other, name=name, content=content)
    most = services.FILE_BYTES_MOST
    assert "at most 10 MB" in services.file_refusal("a.pdf", most + 1)
    assert StoredFile.objects.count() == 1


def test_a_field_moves_among_its_neighbours(council):
    rows = [add_field(council, label=label) for label in ("One", "Two", "Three")]
    actor = council[Role.ADMINISTRATOR]

    services.move_field(actor=actor, field=rows[2], by=-1)
    services.move_field(actor=actor, field=rows[0], by=-1)  # the first has nowhere to go

    assert [f.label for f in fields_of(council.authority, "market.provider")] == [
        "One",
        "Three",
        "Two",
    ]


def test_entries_are_seen_and_changed_by_the_roles_their_type_names(council, other_council):
    kind = add_type(
        council,
        see=[Role.AUDITOR.value],
        change=[Role.CONTRACT_MANAGER.value],
    )
    entry = add_entry(council, kind)

    seen = {role for role in STAFF_ROLES if Entry.objects.visible_to(council[role]).exists()}
    assert seen == {Role.AUDITOR, Role.CONTRACT_MANAGER}
    assert not Entry.objects.visible_to(other_council[Role.CONTRACT_MANAGER]).exists()
    for role in (Role.AUDITOR, Role.BROKER, Role.ADMINISTRATOR):
        with pytest.raises(PermissionDenied, match="may not change Safeguarding alerts"):
            services.save_entry(actor=council[role], entry=entry, expected_version=1)
    with pytest.raises(PermissionDenied):
        services.delete_entry(actor=other_council[Role.CONTRACT_MANAGER], entry=entry)


def test_the_history_of_an_entry_is_for_those_who_see_the_entry(council):
    entry = add_entry(council, add_type(council), title="Canary alert")

    assert history_of(entry, user=council[Role.CONTRACT_MANAGER]).count() == 1
    assert not history_of(entry, user=council[Role.ADMINISTRATOR]).exists()
    trail = AuditEntry.objects.visible_to(council[Role.AUDITOR])
    assert not trail.filter(subject_label="Canary alert").exists()
    assert AuditEntry.objects.get(subject_label="Canary alert").subject_type == (
        "entry.safeguarding-alert"
    )


def test_a_retired_type_takes_no_more_entries(council):
    kind = add_type(council)
    entry = add_entry(council, kind)
    services.retire_record_type(actor=council[Role.ADMINISTRATOR], record_type=kind)

    with pytest.raises(ValidationError, match="are retired"):
        add_entry(council, kind, title="Alert 2")

    assert list(Entry.objects.visible_to(council[Role.CONTRACT_MANAGER])) == [entry]


def test_two_types_never_share_a_short_name(council):
    add_type(council)

    with pytest.raises(ValidationError, match="already"):
        add_type(council, name="Safeguarding  Alert")


def test_saved_views_are_ones_own_or_shared(council, other_council):
    broker, finance = council[Role.BROKER], council[Role.FINANCE]
    own = SavedView(record_type="market.provider", name="Mine", query="state=active")
    shared = SavedView(record_type="market.provider", name="Ours", query="q=x", shared=True)
    mine, ours = (services.save_view(actor=broker, view=one) for one in (own, shared))

    assert set(SavedView.objects.visible_to(broker)) == {mine, ours}
    assert list(SavedView.objects.visible_to(finance)) == [ours]
    assert not SavedView.objects.visible_to(other_council[Role.BROKER]).exists()
    assert not SavedView.objects.visible_to(council.provider_users["P1"]).exists()
    with pytest.raises(PermissionDenied):
        services.delete_view(actor=finance, view=ours)
    with pytest.raises(PermissionDenied):
        services.open_first(actor=finance, view=ours, record_type="market.provider")


def test_one_view_at_most_opens_first(council):
    broker = council[Role.BROKER]
    one, two = (
        services.save_view(
            actor=broker, view=SavedView(record_type="market.provider", name=name, query="q=x")
        )
        for name in ("One", "Two")
    )

    services.open_first(actor=broker, view=one, record_type="market.provider")
    services.open_first(actor=broker, view=two, record_type="market.provider")

    assert list(SavedView.objects.filter(opens_first=True)) == [two]
