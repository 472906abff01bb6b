"""The audit chain: whole, or every edit to the past is seen."""

from dataclasses import replace
from datetime import date

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from cms_models.accounts.roles import Role
from cms_models.audit import domain, services
from cms_models.audit.models import AuditEntry, AuditHead
from cms_models.audit.selectors import chain_faults, history_of
from cms_models.care.models import Person
from cms_models.rates.models import Budget

LENGTH = 12


def chain() -> tuple[list[domain.Link], str]:
    """Return a sound chain of a dozen links and its head's hash."""
    links, previous = [], domain.GENESIS
    for sequence in range(1, LENGTH + 1):
        content = {"action": "edit", "after": {"pence": sequence}}
        hashed = domain.link_hash(previous_hash=previous, sequence=sequence, content=content)
        links.append(domain.Link(sequence, content, previous, hashed))
        previous = hashed
    return links, previous


def faults(links: list[domain.Link], head: str) -> list[str]:
    """Return the faults of a chain whose head says a dozen."""
    return list(domain.broken_links(links, head_sequence=LENGTH, head_hash=head))


def test_a_sound_chain_has_no_fault():
    assert faults(*chain()) == []


@given(
    st.integers(0, LENGTH - 1),
    st.integers(0, LENGTH - 1),
    st.sampled_from(["edit", "rehash", "delete", "swap", "repeat"]),
)
def test_any_single_tampering_is_seen(at, other, how):
    links, head = chain()
    if how in ("edit", "rehash"):
        content = {"action": "edit", "after": {"pence": -1}}
        link = links[at]
        hashed = domain.link_hash(
            previous_hash=link.previous_hash, sequence=link.sequence, content=content
        )
        links[at] = replace(link, content=content, hash=hashed if how == "rehash" else link.hash)
    elif how == "delete":
        del links[at]
    elif how == "repeat":
        links.insert(at, links[at])
    elif at != other:
        links[at], links[other] = links[other], links[at]
    else:
        return

    assert faults(links, head) != []


def test_the_database_refuses_to_change_or_delete_an_entry(council):
    entry = AuditEntry.objects.first()

    for attempt in (
        lambda: AuditEntry.objects.filter(pk=entry.pk).update(reason="rewritten"),
        lambda: AuditEntry.objects.filter(pk=entry.pk).delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            attempt()

    assert AuditEntry.objects.get(pk=entry.pk).reason == entry.reason


def test_verify_audit_names_the_entry_somebody_rewrote_below_the_database(council, capsys):
    call_command("verify_audit")
    assert "whole" in capsys.readouterr().out
    entry = AuditEntry.objects.order_by("sequence")[3]

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER audit_no_update")
        else:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else the table cannot be altered
            cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_auditentry SET reason = 'rewritten' WHERE id = %s", [entry.pk])

    assert list(chain_faults(council.authority)) == ["entry 4 was changed after it was written"]
    with pytest.raises(CommandError, match="tampered"):
        call_command("verify_audit")


def test_entries_taken_off_the_end_are_noticed(council):
    head = AuditHead.objects.get(authority=council.authority)
    head.sequence += 1
    head.save()

    (fault,) = chain_faults(council.authority)

    assert f"the chain ends at entry {head.sequence - 1}" in fault


def test_each_council_has_a_chain_of_its_own(council, other_council):
    assert list(chain_faults(council.authority)) == []
    assert list(chain_faults(other_council.authority)) == []
    trail = AuditEntry.objects.visible_to(council[Role.AUDITOR])
    assert set(trail.values_list("authority", flat=True)) == {council.authority.pk}


def test_a_minus_nought_which_postgresql_does_not_keep_breaks_no_chain(council):
    services.record(
        actor=council.system, action="edit", subject=council.authority, after={"longitude": -0.0}
    )

    assert list(chain_faults(council.authority)) == []


def budget(council) -> Budget:
    """Return a stored budget."""
    row = Budget(
        authority=council.authority,
        name="Care",
        starts_on=date(2026, 4, 1),
        ends_on=date(2027, 4, 1),
        pathways=["O"],
        amount_pence=100,
    )
    services.save_record(actor=council[Role.COMMISSIONER], record_=row, expected_version=None)
    return Budget.objects.get(pk=row.pk)


def test_a_stale_edit_overwrites_nothing_and_shows_what_is_stored(council):
    row = budget(council)
    mine, theirs = Budget.objects.get(pk=row.pk), Budget.objects.get(pk=row.pk)
    theirs.amount_pence = 200
    services.save_record(actor=council.system, record_=theirs, expected_version=1)

    mine.amount_pence = 300
    with pytest.raises(services.StaleEdit) as stale:
        services.save_record(actor=council[Role.COMMISSIONER], record_=mine, expected_version=1)

    assert stale.value.theirs["amount_pence"] == 200
    row.refresh_from_db()
    assert (row.amount_pence, row.version) == (200, 2)


def test_saving_what_did_not_change_writes_no_entry(council):
    row = budget(council)
    before = AuditEntry.objects.count()

    services.save_record(actor=council[Role.COMMISSIONER], record_=row, expected_version=1)

    assert AuditEntry.objects.count() == before
    with pytest.raises(services.NothingChanged):
        services.record(
            actor=council.system, action="edit", subject=row, before={"a": 1}, after={"a": 1}
        )


def test_history_tells_who_what_and_why(council):
    row = budget(council)
    row.amount_pence = 200
    actor = council[Role.COMMISSIONER]
    services.save_record(actor=actor, record_=row, expected_version=1, reason="uplift")

    newest = history_of(row, user=council[Role.AUDITOR]).first()

    assert (newest.actor, newest.reason) == (actor, "uplift")
    assert (newest.before, newest.after) == ({"amount_pence": 100}, {"amount_pence": 200})
    assert not history_of(row, user=council.provider_users["P1"]).exists()


def test_who_may_not_see_people_may_not_read_their_history(council):
    council.package()
    person = Person.objects.get()

    seen = {
        role: AuditEntry.objects.visible_to(council[role])
        for role in (Role.BROKER, Role.COMMISSIONER)
    }

    assert history_of(person, user=council[Role.BROKER]).count() == 1
    assert not history_of(person, user=council[Role.COMMISSIONER]).exists()
    assert "Canary" not in str(list(seen[Role.COMMISSIONER].values_list("subject_label", "after")))
    assert "Canary" in str(list(seen[Role.BROKER].values_list("subject_label", "after")))
