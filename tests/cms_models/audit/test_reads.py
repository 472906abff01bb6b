"""Who was shown whose personal data: noted for good, one line a page."""

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.audit.models import PersonalRead
from cms_models.audit.selectors import reads_of
from cms_models.audit.services import record_reads
from cms_models.care.models import Person


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_page_a_record_an_export_and_a_search_are_each_one_line(council):
    for number in (1, 2):
        council.package(number)
    one, two = Person.objects.order_by("pk")
    client = client_of(council[Role.BROKER])
    index = reverse("person:index")

    client.get(index)
    client.get(reverse("person:inspect", args=[one.pk]))
    b"".join(client.get(index, {"export": "csv"}).streaming_content)
    client.get(reverse("person:edit", args=[two.pk]))
    client.get(reverse("person:index_results"), {"q": "Canarylast1"})

    rows = PersonalRead.objects.order_by("pk")
    assert [row.subject_ids for row in rows] == [
        [one.pk, two.pk],
        [one.pk],
        [one.pk, two.pk],
        [two.pk],
        [one.pk],
    ]
    assert {row.reader for row in rows} == {council[Role.BROKER]}
    assert rows[1].where == reverse("person:inspect", args=[one.pk])


def test_what_shows_nobody_is_not_noted(council):
    council.package()
    client_of(council[Role.FINANCE]).get(reverse("ratecard:index"))
    client_of(council[Role.COMMISSIONER]).get(reverse("person:index"))  # refused

    assert record_reads(reader=council.system, people=[], where="x", now=timezone.now()) is None
    assert not PersonalRead.objects.exists()


@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_refuses_to_change_what_was_noted(council, act):
    now = timezone.now()
    record_reads(reader=council.system, people=[1], where="x", now=now)
    rows = PersonalRead.objects.all()

    with pytest.raises(DatabaseError, match=r"noted for good|append-only"), transaction.atomic():
        rows.update(where="y") if act == "update" else rows.delete()

    assert rows.get().where == "x"


def test_a_persons_own_page_says_to_administrators_and_auditors_who_read_it(council):
    council.package()
    person = Person.objects.get()
    page = reverse("person:inspect", args=[person.pk])
    broker, auditor = client_of(council[Role.BROKER]), client_of(council[Role.AUDITOR])
    broker.get(page)

    assert "Shown to" not in broker.get(page).content.decode()
    assert "Broker Tester" in auditor.get(page).content.decode()
    assert auditor.get(reverse("personalread:index")).status_code == 200
    assert broker.get(reverse("personalread:index")).status_code == 302
    found = reads_of(user=council[Role.AUDITOR], person_id=person.pk)
    assert found.count() == 3
    for other in (person.pk + 1, 10 * person.pk, int(f"1{person.pk}")):
        assert not reads_of(user=council[Role.AUDITOR], person_id=other).exists()
