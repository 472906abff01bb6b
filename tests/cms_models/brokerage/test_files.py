"""The allocation file: sealed, verifiable, and nothing of others in a loser's (N04, BR-03)."""

import copy
import hashlib
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cms_models.accounts.roles import Role
from cms_models.audit.models import AuditEntry
from cms_models.brokerage.domain import OfferTerms
from cms_models.brokerage.file_checks import check_copy, verify_file
from cms_models.brokerage.file_domain import file_bytes, letters, loser_version, would_have_changed
from cms_models.brokerage.file_selectors import file_for_provider
from cms_models.brokerage.models import AllocationFile, Invitation, Offer
from cms_models.brokerage.services import awards, offers, releases
from cms_models.brokerage.services.files import seal_award
from cms_models.care.models import Award, AwardSource
from cms_models.care.services.awards import award
from tests.brokered import NINE, WORDS_OF_P2, brokered


@pytest.fixture
def made(council):
    return brokered(council)


def raw(sql: str, *values: object) -> None:
    """Write past every service, as somebody with the database in hand would."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def stored(made) -> AllocationFile:
    return AllocationFile.objects.get(pk=made.file.pk)


def test_a_file_holds_who_was_asked_what_each_read_and_when_and_the_decision(made):
    document = stored(made).document

    first, second = document["invitations"]
    assert [step["closes_at"][11:16] for step in document["release"]["steps"]] == ["13:00", "17:00"]
    assert first["could_read"] == [
        {"what": "the package as shown to providers", "from": "2026-11-20T10:00:00+00:00"},
        {"what": "the answer to question 1", "from": "2026-11-20T10:30:00+00:00"},
    ]
    # P2 opened it at 13:30, after the answer: it could read both from then.
    assert {row["from"] for row in second["could_read"]} == {"2026-11-20T13:30:00+00:00"}
    assert document["left_out"][0]["why"] == "It has no place in O-A."
    assert [offer["points"] for offer in document["offers"]] == ["14", "9"]
    assert document["award"]["reason"] == "Most points and the sooner start."
    assert document["configuration"]["rate_cards"][0]["name"] == "2017 card"
    assert document["configuration"]["zone_map"]["name"] == "Zones"
    assert document["configuration"]["framework"]["name"] == "Help to Live at Home"
    notice = next(rule for rule in document["rules"] if rule["key"] == "care.notice_days")
    assert (notice["value"], notice["at_release"]) == ("28 days", "28 days")
    assert document["trail"][-1]["action"] == "award"


def test_a_file_names_the_person_by_the_case_systems_number_only(made):
    text = file_bytes(stored(made).document).decode()

    assert "9000001" in text
    assert not [
        word for word in ("Canaryfirst", "Canarylast", "Canary Street", "1940-") if word in text
    ]


def test_the_digest_is_that_of_the_downloaded_bytes_and_stands_in_the_audit(made):
    file = stored(made)
    entry = AuditEntry.objects.get(sequence=file.audit_sequence)

    assert hashlib.sha256(file_bytes(file.document)).hexdigest() == file.sha256
    assert (entry.action, entry.after["sha256"], entry.hash) == (
        "seal_file",
        file.sha256,
        file.audit_hash,
    )
    assert verify_file(file) == []


def test_br_03_the_sealed_document_edited_in_the_database_is_noticed(made):
    document = {**stored(made).document, "left_out": []}

    raw("UPDATE brokerage_allocationfile SET document = %s", json.dumps(document))

    assert "The file was changed after it was sealed: its content has another digest." in (
        verify_file(stored(made))
    )


def test_br_03_a_digest_edited_along_with_the_document_is_not_the_one_in_the_audit(made):
    document = {**stored(made).document, "left_out": []}
    forged = hashlib.sha256(file_bytes(document)).hexdigest()

    raw("UPDATE brokerage_allocationfile SET document=%s, sha256=%s", json.dumps(document), forged)

    sequence = made.file.audit_sequence
    assert f"Entry {sequence} of the audit holds another digest than the file." in (
        verify_file(stored(made))
    )


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        (
            "UPDATE brokerage_offer SET weekly_minutes = 400 WHERE weekly_minutes = 180",
            "The stored offer of Provider Two is not as it was sealed: weekly minutes 180 → 400.",
        ),
        (
            "UPDATE brokerage_question SET answer = 'No.'",
            "The stored question of Provider One is not as it was sealed: "
            "answer Yes, in front. → No..",
        ),
        (
            "UPDATE brokerage_invitation SET opened_at = NULL WHERE step_id = "
            "(SELECT id FROM brokerage_releasestep WHERE number = 2)",
            "The stored invitation of Provider Two is not as it was sealed: "
            "opened at 2026-11-20T13:30:00+00:00 → nothing.",
        ),
        (
            "UPDATE brokerage_releasestep SET closes_at = opens_at WHERE number = 1",
            "The stored step 1 is not as it was sealed: "
            "closes at 2026-11-20T13:00:00+00:00 → 2026-11-20T09:00:00+00:00.",
        ),
        (
            "UPDATE care_award SET reason = 'A friend.'",
            "reason Most points and the sooner start. → A friend.",
        ),
        ("UPDATE brokerage_release SET left_out = '[]'", "left out [{"),
        ("DELETE FROM brokerage_question", "The stored question of Provider One is gone"),
    ],
)
def test_br_03_an_edit_to_any_stored_row_of_the_trail_is_noticed(made, sql, fault):
    raw(sql)

    faults = verify_file(stored(made))

    assert len(faults) == 1
    assert fault in faults[0]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="drops the trigger in SQLite's words")
def test_br_03_an_edited_audit_entry_breaks_the_chain_from_its_beginning(made):
    raw("DROP TRIGGER audit_no_update")
    sequence = stored(made).document["trail"][0]["sequence"]

    raw("UPDATE audit_auditentry SET reason = 'x' WHERE sequence = %s", sequence)

    assert verify_file(stored(made)) == [
        f"The audit chain: entry {sequence} was changed after it was written."
    ]


def test_a_losers_version_holds_its_own_words_and_nothing_of_others(made):
    document = stored(made).document
    losers = loser_version(document, "P2")
    text = file_bytes(losers).decode()

    assert losers["you"]["offers"][0]["conditions"] == WORDS_OF_P2
    assert losers["others"] == [{"provider": "Provider A", "step": 1, "outcome": "awarded"}]
    assert losers["decision"] == {
        "winner": "Provider A",
        "category": "The council chose a provider directly.",
        "override": False,
    }
    hidden = (
        "P1",
        "Provider One",
        "Most points",
        "9000001",
        "HR1",
        "parking",
        '"14"',
        "Home First",
    )
    assert [word for word in hidden if word in text] == []
    assert WORDS_OF_P2 not in file_bytes(loser_version(document, "P1")).decode()


def test_a_loser_is_told_what_would_have_changed_the_result(made):
    assert list(would_have_changed(stored(made).document, "P2")) == [
        "Your answers were given fewer points than those of the winning offer.",
        "You offered less capacity a week than the winning offer.",
        "Your care would have begun later than that of the winning offer.",
        "Your offer had conditions; the winning offer had none.",
    ]
    assert list(would_have_changed(stored(made).document, "P1")) == []
    assert list(would_have_changed(stored(made).document, "HF")) == [
        "You were not asked. It has no place in O-A."
    ]


def test_letters_go_on_after_z():
    rows = [{"provider": {"ref": f"R{number}"}} for number in range(28)]
    document = {"invitations": rows, "award": {"id": "x", "provider": {"ref": "R0"}}}

    assert sorted(letters(document, but="R1").values(), key=lambda said: (len(said), said))[
        -2:
    ] == [
        "Provider Z",
        "Provider AA",
    ]


def test_a_provider_gets_the_version_of_its_own_invitation_only(council, other_council, made):
    own = file_for_provider(council.provider_users["P2"], made.invitations["P2"])

    assert own["you"]["provider"] == "P2"
    for user in (
        council.provider_users["P1"],
        other_council.provider_users["P2"],
        council[Role.BROKER],
    ):
        assert file_for_provider(user, made.invitations["P2"]) is None


@pytest.mark.parametrize("version", ["council", "loser"])
def test_a_copy_is_genuine_as_downloaded_and_not_with_one_word_changed(council, made, version):
    document = stored(made).document
    copied = document if version == "council" else loser_version(document, "P2")
    altered = copy.deepcopy(copied)
    altered["council"]["name"] = "Elsewhere"
    auditor = council[Role.AUDITOR]

    assert check_copy(auditor, json.dumps(copied, indent=2).encode()).genuine
    answer = check_copy(auditor, file_bytes(altered))
    assert not answer.genuine
    assert answer.sentence == "This copy was altered after it was made. Altered: council."


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b'{"award": {"id": "x"}, "b": "\\ud800"}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_file_is_said_to_be_none(council, made, content):
    answer = check_copy(council[Role.AUDITOR], content)

    assert (answer.genuine, answer.file) == (False, None)
    assert answer.sentence == "This is not an allocation file: it cannot be read as one."


def test_another_council_knows_nothing_of_the_file(other_council, made):
    answer = check_copy(other_council[Role.AUDITOR], file_bytes(stored(made).document))

    assert (answer.sentence, answer.file) == (
        "This council sealed no file of such an award.",
        None,
    )


def test_an_award_by_a_broker_without_a_release_has_a_file_and_an_imported_one_has_none(council):
    package = council.package(1)
    won = award(
        actor=council[Role.BROKER],
        package=package,
        provider=council.providers["P2"],
        lot=package.lot,
        reason="The family knows them.",
    )

    file = seal_award(actor=council[Role.BROKER], award=won, release=None, now=NINE)

    assert (file.document["release"], file.document["invitations"]) == (None, [])
    assert verify_file(file) == []
    AllocationFile.objects.all().delete()
    Award.objects.update(source=AwardSource.IMPORTED)
    with pytest.raises(ValueError, match="in place when it was imported"):
        seal_award(actor=council[Role.BROKER], award=Award.objects.get(), release=None, now=NINE)


def test_the_command_verifies_one_file_or_all_and_fails_naming_the_fault(made, capsys):
    key = str(made.award.public_id)

    call_command("verify_allocation_file", key)
    assert "genuine and unaltered." in capsys.readouterr().out

    Offer.objects.filter(weekly_minutes=180).update(weekly_minutes=181)
    with pytest.raises(CommandError, match=r"1 allocation file\(s\) were tampered with"):
        call_command("verify_allocation_file", all=True)
    assert "weekly minutes 180 → 181" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Name the award by its public id"):
        call_command("verify_allocation_file", "nonsense")


def test_an_award_of_an_offer_seals_a_file_that_verifies(council):
    broker, one = council[Role.BROKER], council.provider_users["P1"]
    package = council.package(1)
    offered = releases.release(
        actor=broker, package=package, route="all", now=NINE, reason="It is urgent."
    )
    asked = {row.provider.ref: row for row in offered.invitations.select_related("provider")}
    offers.open_invitation(actor=one, invitation=asked["P1"], now=NINE)
    terms = OfferTerms(starts_on=package.starts_on, weekly_minutes=package.weekly_minutes)
    made = offers.make_offer(actor=one, invitation=asked["P1"], terms=terms, now=NINE)

    awards.award_offer(actor=broker, offer=made, reason="The only offer.", now=NINE)

    file = AllocationFile.objects.get()
    assert verify_file(file) == []
    outcomes = {row["provider"]["ref"]: row["opened_at"] for row in file.document["invitations"]}
    assert outcomes == {"P1": "2026-11-20T09:00:00+00:00", "P2": None}
    loser = file_for_provider(council.provider_users["P2"], asked["P2"])
    assert loser["decision"]["category"] == "The council chose the offer that met the need best."
    assert loser["would_have_changed"] == [
        "You made no offer before the package closed; one would have been considered."
    ]


def test_an_award_after_nobody_took_it_holds_every_release_since_the_last_award(council):
    broker, package = council[Role.BROKER], council.package(1)
    for hour, reason in enumerate(("Nobody near.", "Once more.")):
        now = NINE + timedelta(hours=hour)
        given = {"actor": broker, "now": now, "reason": reason}
        offered = releases.release(package=package, route="all", **given)
        releases.withdraw_release(release=offered, **given)

    awards.award_spot(
        actor=broker,
        package=package,
        provider=council.providers["P2"],
        reason="Nobody of the lot.",
        agreed_pence=2000,
        now=NINE + timedelta(hours=3),
    )

    file = AllocationFile.objects.get()
    assert verify_file(file) == []
    assert file.document["release"]["reason"] == "Once more."
    (earlier,) = file.document["earlier_releases"]
    assert (earlier["release"]["reason"], len(earlier["invitations"])) == ("Nobody near.", 2)
    Invitation.objects.filter(release__reason="Nobody near.").update(decline_words="Forged")
    assert [fault for fault in verify_file(file) if "decline words nothing → Forged" in fault]
