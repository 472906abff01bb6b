"""Care homes and their vacancies, kept by a broker in the admin."""

from django.test import Client
from django.urls import reverse

from cms_models.accounts.roles import Role
from cms_models.market.models import CareHome, Vacancy
from tests.council import TODAY


def test_a_broker_adds_a_home_and_what_is_free_in_it(council):
    client = Client()
    client.force_login(council[Role.BROKER])
    home = {
        "provider": council.providers["P1"].pk,
        "name": "Sallow Court",
        "postcode": "hr1 1aa",
        "kinds": ["nursing"],
        "beds": "40",
    }

    client.post(reverse("carehome:add"), home)
    row = CareHome.objects.get()
    vacancy = {"home": row.pk, "kind": "nursing", "free": "41", "weekly_pence": "945.50"}
    vacancy["as_at"] = TODAY.replace(day=20).isoformat()
    refused = client.post(reverse("vacancy:add"), vacancy)
    client.post(reverse("vacancy:add"), {**vacancy, "free": "2"})

    assert row.postcode == "HR1 1AA"
    assert "41 free beds are not possible" in refused.content.decode()
    stored = Vacancy.objects.get()
    assert (stored.free, stored.weekly_pence) == (2, 94_550)
    edit = reverse("vacancy:edit", args=[stored.pk])
    client.post(edit, {**vacancy, "free": "1", "version": str(stored.version)})
    stale = client.post(edit, {**vacancy, "free": "3", "version": str(stored.version)})
    assert Vacancy.objects.get().free == 1
    assert stale.status_code == 409
