"""A council's own fields in files: found by key or label, kept, compared, refused, sent out."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms_models.accounts.models import TenantModel
from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.audit.selectors import chain_faults
from cms_models.care.models import Award, AwardSource, CarePackage, Person
from cms_models.care.services.awards import award
from cms_models.fields.own import services as own
from cms_models.fields.own.models import CustomField
from cms_models.fields.own.registration import Stated, register_own_values
from cms_models.jobs.models import ImportRow, ImportRun
from cms_models.market.models import Provider
from cms_models.rounds.models import Carer, CarerPreference, Shift
from importers import session
from importers.exports import (
    PACKAGE_HEADINGS,
    awards_table,
    csv_bytes,
    packages_table,
    rejects_file,
    xlsx_bytes,
)
from importers.faults import BadFile, OtherwiseNow
from importers.own_cells import named
from importers.seen import unseen_headings
from importers.tables import read_table
from tests.council import TODAY, Council
from tests.importers.extracts import (
    NOW,
    PERSON_HEADINGS,
    accepted,
    checked,
    counts,
    csv_of,
    package_row,
    packages_csv,
    person_row,
    persons_csv,
    rejects,
    with_people,
)

DSPT = [
    {"code": "met", "label": "Standards met"},
    {"code": "below", "label": "Approaching standards"},
    {"code": "old", "label": "Standards exceeded", "retired": True},
]
LANGUAGES = [{"code": "cy", "label": "Welsh"}, {"code": "pl", "label": "Polish"}]
# Key, label, kind, settings: one field of every kind.
EVERY_KIND: list[tuple[str, str, str, dict[str, Any]]] = [
    ("motto", "Motto", "text", {}),
    ("story", "Story so far", "long_text", {}),
    ("vans", "Vans", "number", {"decimals": 1, "least": 0, "most": 50}),
    ("bond", "Bond held", "money", {}),
    ("visited_on", "Last visited", "date", {}),
    ("insured", "Insured?", "yes_no", {}),
    ("dspt", "DSPT status", "choice", {"choices": DSPT}),
    ("languages", "Languages", "choices", {"choices": LANGUAGES}),
    ("parent", "Parent company", "link", {"link_to": "market.provider"}),
    ("policy", "Policy", "file", {}),
    ("office", "Office", "location", {}),
]
FILE = {"file": 7, "name": "policy.pdf", "size": 3, "sha256": "ab"}


def add_field(council: Council, record_type: str, **said: Any) -> CustomField:
    """Add a field as an administrator does."""
    said = {"kind": "text", **said}
    return own.save_field(
        actor=council[Role.ADMINISTRATOR],
        field=CustomField(authority=council.authority, record_type=record_type, **said),
        expected_version=None,
    )


def add_every_kind(council: Council, record_type: str) -> None:
    for key, label, kind, said in EVERY_KIND:
        add_field(council, record_type, key=key, label=label, kind=kind, **said)


def give(record: TenantModel, **values: Any) -> None:
    """Put values on a record as if they had been there for ever."""
    record.custom = {**record.custom, **values}
    record.save()


def persons_with(*rows: Mapping[str, str]) -> bytes:
    """A persons.csv of people 1, 2, … with further columns."""
    named_here = dict.fromkeys(name for row in rows for name in row)
    extra = [name for name in named_here if name not in PERSON_HEADINGS]
    lines = [{**person_row(number), **row} for number, row in enumerate(rows, start=1)]
    return csv_of(lines, [*PERSON_HEADINGS, *extra])


def provider_row(**more: str) -> dict[str, str]:
    return {"Organisation Ref": "P1", "Name": "Provider One", "In House": "No", **more}


def providers_with(**more: str) -> bytes:
    """A providers.csv of P1 as it is stored, with further columns."""
    row = provider_row(**more)
    return csv_of([row], list(row))


def differences(run: ImportRun) -> list[tuple[str, str, str]]:
    row = ImportRow.objects.get(run=run, outcome="updated")
    return [(one["column"], one["before"], one["after"]) for one in row.differences]


def test_every_kind_is_read_from_a_cell_and_is_in_the_audit_by_key(council: Council):
    add_every_kind(council, "market.provider")
    content = providers_with(
        **{
            "motto": "Care first",
            "STORY SO FAR": "two\nlines",
            "vans": "12.5",
            "Bond  Held": "£1,234.50",
            "visited_on": "03/02/2026",
            "Insured?": "yes",
            "dspt": "standards  MET",
            "languages": "pl; welsh",
            "Parent company": "p2",
            "office": "HR1 1AA",
        }
    )

    run = accepted(council.system, "providers", content)

    assert run.totals == counts(updated=1)
    provider = Provider.objects.get(authority=council.authority, ref="P1")
    kept = {
        "motto": "Care first",
        "story": "two\nlines",
        "vans": 12.5,
        "bond": 123450,  # £1,234.50 in pence
        "visited_on": "2026-02-03",
        "insured": True,
        "dspt": "met",
        "languages": ["cy", "pl"],  # in the order of the choices
        "parent": council.providers["P2"].pk,
        "office": {"latitude": 52.0567, "longitude": -2.715, "postcode": "HR1 1AA"},
    }
    assert provider.custom == kept
    assert provider.version == 2
    entry = AuditEntry.objects.filter(subject_type="market.provider").latest("sequence")
    assert entry.action == "edit"
    assert entry.before == {f"custom.{key}": None for key in kept}
    assert entry.after == {f"custom.{key}": value for key, value in kept.items()}
    assert not list(chain_faults(council.authority))


def test_a_date_may_be_iso_and_a_place_two_numbers(council: Council):
    add_every_kind(council, "market.provider")

    content = providers_with(
        visited_on="2026-02-03", office="52.1, -2.7", insured="N", dspt="BELOW"
    )
    accepted(council.system, "providers", content)

    assert Provider.objects.get(authority=council.authority, ref="P1").custom == {
        "visited_on": "2026-02-03",
        "insured": False,
        "dspt": "below",
        "office": {"latitude": 52.1, "longitude": -2.7, "postcode": ""},
    }


@pytest.mark.parametrize(
    ("heading", "cell", "message"),
    [
        ("motto", "x" * 201, "Motto: at most 200 characters are kept, not 201."),
        ("motto", "a\x07b", "Motto: there is a control character in the text."),
        ("Vans", "twelve", "Vans: 'twelve' is not a number."),
        ("Vans", "51", "Vans: at most 50 is possible."),
        ("Vans", "1.25", "Vans: at most 1 decimals are kept, not 1.25."),
        ("Vans", "sNaN", "Vans: 'sNaN' is too large a number to keep."),
        ("Vans", "1e999999", "Vans: '1e999999' is too large a number to keep."),
        ("bond", "£1.005", "Bond held: '£1.005' is not an amount in pounds and pence."),
        ("bond", "1e30", "Bond held: '1e30' is not an amount in pounds and pence."),
        ("Last visited", "31/02/2026", "“31/02/2026” is no day of the calendar (day/month/year)."),
        ("Last visited", "next week", "“next week” is not a date like 01/07/2017."),
        ("insured", "maybe", "Insured?: yes or no is needed, not 'maybe'."),
        ("DSPT status", "unknown", "DSPT status: 'unknown' is none of Standards met, "
         "Approaching standards."),
        ("DSPT status", "Standards exceeded", "DSPT status: “Standards exceeded” is no longer in "
         "use."),
        ("languages", "cy; Klingon", "Languages: 'Klingon' is none of Welsh, Polish."),
        ("parent", "P9", "Parent company: there is no 'P9' to link to."),
        ("parent", "No. 999999", "Parent company: there is no such record to link to."),
        ("office", "Hereford", "“Hereford” is not a postcode; one looks like HR4 9AA."),
        ("office", "ZZ9 9ZZ", "Office: ZZ9 9ZZ is not among the council's postcodes: write "
         "latitude, longitude."),
        ("office", "95, 0", "Office: a latitude lies between −90 and 90."),
        ("office", "1e999999, 0", "Office: '1e999999, 0' is too large a number to keep."),
        ("policy", "policy.pdf", "Policy: a file is attached on the record's form, not here."),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_the_fields_value_is_refused_under_the_senders_heading(
    council: Council, heading: str, cell: str, message: str
):
    add_every_kind(council, "market.provider")

    run = checked(council.system, "providers", providers_with(**{heading: cell}))

    assert rejects(run) == {2: [(heading, message)]}


def test_a_column_that_is_not_there_leaves_values_and_an_empty_cell_clears(council: Council):
    add_field(council, "care.person", key="lives_with", label="Lives with")
    add_field(council, "care.person", key="key_safe", label="Key safe", kind="yes_no")
    accepted(council.system, "persons", persons_with({"lives_with": "a cat", "key_safe": "No"}))

    same = accepted(council.system, "persons", persons_csv(1))
    assert same.totals == counts(unchanged=1)
    assert Person.objects.get().custom == {"lives_with": "a cat", "key_safe": False}

    cleared = accepted(council.system, "persons", persons_with({"Lives With": ""}))
    assert differences(cleared) == [("Lives With", "a cat", "")]
    assert Person.objects.get().custom == {"key_safe": False}
    entry = AuditEntry.objects.filter(subject_type="care.person").latest("sequence")
    assert (entry.before, entry.after) == (
        {"custom.lives_with": "a cat"},
        {"custom.lives_with": None},
    )


def test_the_difference_names_own_and_built_in_columns_as_sent(council: Council):
    add_field(council, "care.person", key="fee", label="Fee", kind="money")
    add_field(council, "care.person", key="dspt", label="DSPT", kind="choice", choices=DSPT)
    accepted(council.system, "persons", persons_with({"fee": "1.50", "dspt": "met"}))

    content = persons_with({"FEE": "£2", "dspt": "below", "Address": "9 New Road"})
    run = checked(council.system, "persons", content)

    assert differences(run) == [
        ("Address", "1 Long Lane", "9 New Road"),
        ("FEE", "1.50", "2.00"),
        ("dspt", "Standards met", "Approaching standards"),
    ]


WORKFORCE: list[tuple[str, str, type[TenantModel], Sequence[str], dict[str, str]]] = [
    (
        "persons",
        "care.person",
        Person,
        PERSON_HEADINGS,
        person_row(1),
    ),
    ("packages", "care.carepackage", CarePackage, PACKAGE_HEADINGS, package_row(1)),
    ("providers", "market.provider", Provider, [], provider_row(**{"Organisation Ref": "P7"})),
    (
        "carers",
        "rounds.carer",
        Carer,
        [],
        {
            "Carer Ref": "C9",
            "First Name": "Ann",
            "Last Name": "Lee",
            "Home Postcode": "HR1 1AA",
            "Contract Hours": "30",
            "Travel Mode": "car",
        },
    ),
    (
        "shifts",
        "rounds.shift",
        Shift,
        [],
        {
            "Carer Ref": "C9",
            "Weekday": "Mon",
            "Start": "07:00",
            "End": "14:00",
            "From": "01/11/2026",
            "To": "",
        },
    ),
    (
        "preferences",
        "rounds.carerpreference",
        CarerPreference,
        [],
        {"Person ID": "9000001", "Carer Ref": "C9", "Preference": "usual"},
    ),
]


def test_all_six_kinds_of_table_carry_own_fields_new_and_stored(council: Council):
    for kind, record_type, model, headings, row in WORKFORCE:
        add_field(council, record_type, key="remark", label="Remark")
        columns = [*(headings or row), "Remark"]
        content = csv_of([{**row, "Remark": "=first"}], columns)
        later = csv_of([{**row, "Remark": "second"}], columns)

        assert accepted(council.system, kind, content).totals == counts(new=1), kind
        assert accepted(council.system, kind, content).totals == counts(unchanged=1), kind
        assert model.objects.latest("pk").custom == {"remark": "=first"}, kind
        assert accepted(council.system, kind, later).totals == counts(updated=1), kind
        assert model.objects.latest("pk").custom == {"remark": "second"}, kind
    assert not list(chain_faults(council.authority))


@pytest.mark.parametrize("writer", [csv_bytes, xlsx_bytes])
def test_ix_05_exported_own_fields_of_every_kind_reimport_with_no_change(
    council: Council, writer: Any
):
    add_every_kind(council, "care.carepackage")
    add_field(council, "care.carepackage", key="skills_note", label="Skills")
    with_people(council.system, 3)
    accepted(council.system, "packages", packages_csv(3))
    one, two, _ = CarePackage.objects.order_by("package_ref")
    Provider.objects.create(authority=council.authority, ref="X", name="Gone")
    give(
        one,
        motto='=HYPERLINK("http://x")',
        story="-first line\r\nsecond, “line”",
        vans=77,  # once allowed, now above the most
        bond=-5,
        visited_on="2026-02-03",
        insured=False,
        dspt="old",  # retired since
        languages=["pl", "cy"],
        parent=council.providers["P2"].pk,
        policy=FILE,
        office={"latitude": 52.0567, "longitude": -2.715, "postcode": "HR1 1AA"},
        skills_note="@risky",
    )
    give(two, vans=0.1, parent=987654, motto="'=already safe")  # a link to a record that is gone

    headings, rows = packages_table(council.system)
    table = list(rows)
    content = writer(headings, table)

    # The key of the field called Skills is free, so it needs no other heading.
    assert headings[-12:] == [*(key for key, *_ in EVERY_KIND), "skills_note"]
    assert [str(cell) for cell in table[0][-12:]] == [
        '\'=HYPERLINK("http://x")',
        "'-first line\r\nsecond, “line”",
        "77",
        "-0.05",
        "03/02/2026",
        "No",
        "Standards exceeded",
        "Polish; Welsh",
        "P2",
        "policy.pdf",
        "52.0567, -2.715",
        "'@risky",
    ]
    assert [str(cell) for cell in table[1][-12:]] == [
        "''=already safe",
        "",
        "0.1",
        *[""] * 5,
        "No. 987654",
        *[""] * 3,
    ]
    assert checked(council.system, "packages", content).totals == counts(unchanged=3)


def test_a_name_that_two_records_have_leads_to_neither(council: Council):
    known = named([(4, "P1", "Acme"), (5, "P2", "Acme"), (6, "", "Bolt"), (7, "", "bolt")])

    assert known.numbers == {"p1": 4, "p2": 5}
    assert known.words == {4: "P1", 5: "P2"}
    assert known.doubled == {"acme", "bolt"}

    add_field(
        council, "market.provider", key="boss", label="Boss", kind="link", link_to="care.person"
    )
    accepted(council.system, "persons", csv_of(
        [person_row(n, first_name="Jo", last_name="Ash") for n in (1, 2)], PERSON_HEADINGS
    ))  # fmt: skip
    by_name = checked(council.system, "providers", providers_with(Boss="jo ash"))
    assert rejects(by_name) == {
        2: [
            (
                "Boss",
                "Boss: several records are called 'jo ash': write the number of one, such as "
                "No. 12.",
            )
        ]
    }
    assert checked(council.system, "providers", providers_with(Boss="9000002")).totals == counts(
        updated=1
    )


def test_another_councils_record_cannot_be_linked_to(council: Council, other_council: Council):
    add_every_kind(council, "market.provider")
    theirs = other_council.providers["P1"]
    Provider.objects.filter(pk=theirs.pk).update(ref="THEIRS", name="Their provider")

    for cell in ("THEIRS", "Their provider", f"No. {theirs.pk}"):
        run = checked(council.system, "providers", providers_with(parent=cell))
        assert list(rejects(run)) == [2], cell
    with pytest.raises(ValidationError, match="there is no such record to link to"):
        register_own_values(
            actor=council.system,
            model=Provider,
            stated=[Stated(council.providers["P1"].pk, {"parent": theirs.pk})],
        )
    assert Provider.objects.get(authority=council.authority, ref="P1").custom == {}


def test_another_councils_fields_are_no_columns_here(council: Council, other_council: Council):
    add_field(other_council, "care.person", key="remark", label="Remark")

    run = accepted(council.system, "persons", persons_with({"remark": "hello"}))

    assert run.totals == {**counts(new=1), "notes": ["Not used: “remark”."]}
    assert Person.objects.get().custom == {}


def test_a_heading_that_is_a_built_in_columns_stays_that_columns(council: Council):
    add_field(council, "market.provider", key="name", label="Postcode")

    run = accepted(
        council.system,
        "providers",
        providers_with(Postcode="HR1 1AA", own_name="mine"),
    )

    assert differences(run) == [("Postcode", "", "HR1 1AA"), ("own_name", "", "mine")]
    provider = Provider.objects.get(authority=council.authority, ref="P1")
    assert (provider.name, provider.postcode, provider.custom) == (
        "Provider One",
        "HR1 1AA",
        {"name": "mine"},
    )


def test_two_headings_of_one_field_refuse_the_file(council: Council):
    add_field(council, "care.person", key="risk_level", label="How risky")

    with pytest.raises(BadFile, match="“risk_level” and “How Risky” are both mapped to"):
        checked(council.system, "persons", persons_with({"risk_level": "high", "How Risky": "low"}))


def test_words_of_two_fields_are_neithers_until_they_are_mapped(council: Council):
    add_field(council, "care.person", key="risk", label="Risk level")
    add_field(council, "care.person", key="level", label="Risk")
    content = persons_with({"Risk": "high"})

    alone = checked(council.system, "persons", content)
    mapped = checked(council.system, "persons", content, mapping={"Risk": "own_level"})
    named_so = accepted(council.system, "persons", persons_with({"own_risk": "low", "level": "x"}))

    assert alone.totals["notes"] == ["Not used: “Risk”."]
    assert "notes" not in mapped.totals
    assert named_so.totals == counts(new=1)
    assert Person.objects.get().custom == {"risk": "low", "level": "x"}


def test_200_own_columns_are_read_and_sent_out(council: Council):
    fields = [
        CustomField(
            authority=council.authority,
            record_type="care.carepackage",
            key=f"f{number}",
            label=f"Field {number}",
            kind="number",
            order=number,
        )
        for number in range(200)
    ]
    CustomField.objects.bulk_create(fields)
    with_people(council.system, 1)
    own_cells = {f"Field {number}": str(number) for number in range(200)}
    content = csv_of([{**package_row(1), **own_cells}], [*PACKAGE_HEADINGS, *own_cells])

    assert accepted(council.system, "packages", content).totals == counts(new=1)

    assert CarePackage.objects.get().custom == {f"f{number}": number for number in range(200)}
    sent = csv_bytes(*packages_table(council.system))
    assert len(read_table(sent).headings) == len(PACKAGE_HEADINGS) + 200
    assert checked(council.system, "packages", sent).totals == counts(unchanged=1)


def test_formula_text_is_kept_as_text_and_sent_out_disarmed(council: Council):
    add_field(council, "care.carepackage", key="note", label="Note")
    with_people(council.system, 1)
    row = {**package_row(1), "note": "=cmd|' /C calc'!A0"}
    accepted(council.system, "packages", csv_of([row], [*PACKAGE_HEADINGS, "note"]))

    _, rows = packages_table(council.system)

    assert CarePackage.objects.get().custom == {"note": "=cmd|' /C calc'!A0"}
    assert next(iter(rows))[-1] == "'=cmd|' /C calc'!A0"


def test_a_field_that_is_not_yours_to_change_is_named_and_left(council: Council):
    add_field(council, "care.carepackage", key="cap", label="Cap", edit=["administrator"], see=[])
    add_field(
        council,
        "care.carepackage",
        key="secret",
        label="Secret",
        see=["administrator"],
        edit=["administrator"],
    )
    add_field(council, "care.carepackage", key="note", label="Note")
    with_people(council.system, 1)
    accepted(council.system, "packages", packages_csv(1))
    give(CarePackage.objects.get(), cap="100", secret="hush")
    row = {**package_row(1), "Cap": "", "SECRET": "known", "Note": "fine"}

    run = accepted(council[Role.BROKER], "packages", csv_of([row], list(row)))

    assert run.totals == {
        **counts(updated=1),
        "notes": ["Not yours to change, left as it is: “Cap”.", "Not used: “SECRET”."],
    }
    assert differences(run) == [("Note", "", "fine")]
    assert CarePackage.objects.get().custom == {"cap": "100", "secret": "hush", "note": "fine"}
    headings, rows = packages_table(council[Role.BROKER])
    assert headings[-2:] == ["cap", "note"]
    assert next(iter(rows))[-2:] == ["100", "fine"]


def test_the_service_takes_only_what_the_actor_may_change(council: Council, other_council: Council):
    add_every_kind(council, "market.provider")
    add_field(council, "market.provider", key="cap", label="Cap", edit=["administrator"])
    provider, theirs = council.providers["P1"], other_council.providers["P1"]
    refused: list[tuple[Role, int, dict[str, Any], str]] = [
        (Role.CONTRACT_MANAGER, provider.pk, {"cap": "9"}, "no field 'cap' here that you may"),
        (Role.CONTRACT_MANAGER, provider.pk, {"nothing": "9"}, "no field 'nothing' here"),
        (Role.CONTRACT_MANAGER, provider.pk, {"policy": FILE}, "a file is attached on the record"),
        (Role.CONTRACT_MANAGER, theirs.pk, {"motto": "ours"}, "There is no provider"),
    ]
    entries = AuditEntry.objects.count()

    for role, number, values, words in refused:
        with pytest.raises(ValidationError, match=words):
            register_own_values(
                actor=council[role],
                model=Provider,
                stated=[Stated(provider.pk, {"motto": "first"}), Stated(number, values)],
            )
    with pytest.raises(PermissionDenied):
        register_own_values(
            actor=council.provider_users["P1"],
            model=Provider,
            stated=[Stated(provider.pk, {"motto": "mine"})],
        )

    assert AuditEntry.objects.count() == entries
    assert not Provider.objects.exclude(custom={}).exists()


def test_new_records_take_defaults_and_a_needed_field_is_demanded_where_it_is_a_column(
    council: Council,
):
    add_field(council, "care.person", key="tier", label="Tier", default="standard")
    add_field(council, "care.person", key="gp", label="GP", required=True)

    without = accepted(council.system, "persons", persons_csv(1))
    assert without.totals == {
        **counts(new=1),
        "notes": ["1 new record comes without “GP”, which the file has no column for."],
    }
    assert Person.objects.get().custom == {"tier": "standard"}

    rows = [{"gp": "", "tier": ""}, {"gp": "", "tier": ""}, {"gp": "Dr Who", "tier": ""}]
    run = checked(council.system, "persons", persons_with(*rows))
    # Person 1 has no GP yet, so the empty cell changes nothing of it; the tier is cleared.
    assert differences(run) == [("tier", "standard", "")]
    assert rejects(run) == {3: [("gp", "GP is needed.")]}
    assert run.totals == counts(new=1, updated=1, rejected=1)


def test_accepting_is_refused_when_an_own_value_changed_since_the_dry_run(council: Council):
    add_field(council, "care.person", key="note", label="Note")
    accepted(council.system, "persons", persons_with({"note": "a"}))
    run = checked(council.system, "persons", persons_with({"note": "b"}))
    own.put_own_values(actor=council.system, record=Person.objects.get(), values={"note": "c"})

    with pytest.raises(OtherwiseNow, match="row 2"):
        session.accept(actor=council.system, run=run, on=TODAY, now=NOW)

    assert Person.objects.get().custom == {"note": "c"}


def test_own_columns_cost_the_same_queries_for_any_number_of_rows(council: Council):
    add_every_kind(council, "care.person")
    row = {"motto": "m", "vans": "1", "parent": "P1", "office": "HR1 1AA", "dspt": "met"}

    def spent(count: int, motto: str) -> int:
        content = persons_with(*[{**row, "motto": motto}] * count)
        run = checked(council.system, "persons", content)
        with CaptureQueriesContext(connection) as asked:
            session.accept(actor=council.system, run=run, on=TODAY, now=NOW)
        return len(asked)

    spent(60, "made")

    assert spent(3, "changed") == spent(60, "changed again")


def test_awards_carry_their_own_fields_that_are_meant_for_exports(council: Council):
    add_field(council, "care.award", key="order_no", label="Order number")
    add_field(council, "care.award", key="aside", label="Aside", in_export=False)
    package = council.package(1)
    award(
        actor=council[Role.BROKER],
        package=package,
        provider=council.providers["P2"],
        lot=package.lot,
        reason="knows the street",
    )
    give(Award.objects.exclude(source=AwardSource.IMPORTED).get(), order_no="+44", aside="x")

    headings, rows = awards_table(council[Role.BROKER])

    assert headings[-1] == "order_no"
    assert [row[-1] for row in rows] == ["'+44"]


def test_who_may_not_see_a_field_does_not_read_it_in_somebody_elses_import(
    council: Council, client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args: TODAY)
    add_field(
        council,
        "care.carepackage",
        key="secret",
        label="Secret",
        kind="number",
        see=["administrator"],
        edit=["administrator"],
    )
    add_field(council, "care.carepackage", key="note", label="Note")
    with_people(council.system, 2)
    accepted(council.system, "packages", packages_csv(2))
    rows = [
        {**package_row(1), "Secret": "424242", "note": "plain"},
        {**package_row(2), "Secret": "hush-hush", "note": "told"},
    ]
    run = checked(council.system, "packages", csv_of(rows, list(rows[0])))
    broker = council[Role.BROKER]
    client.force_login(broker)
    address = reverse("import_page", args=[run.pk])

    updated = client.get(f"{address}?rows=updated").content.decode()
    rejected = client.get(f"{address}?rows=rejected").content.decode()
    sent = client.get(reverse("import_rejects", args=[run.pk, "csv"])).content.decode()
    mapping = client.get(reverse("import_mapping", args=[run.pk])).content.decode()

    assert unseen_headings(broker, run) == {"Secret"}
    assert "plain" in updated
    for text in (updated, rejected, sent):
        assert "424242" not in text
        assert "hush-hush" not in text
    assert "A field you may not see" in updated
    assert "told" in sent
    assert "own_note" in mapping
    assert "own_secret" not in mapping
    assert unseen_headings(council[Role.ADMINISTRATOR], run) == frozenset()
    assert b"hush-hush" in rejects_file(run)[1]
