"""Lists: the same queries for one row and for fifty, exports that no spreadsheet runs."""

import io

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from cms_models.accounts.roles import Role
from cms_models.care.models import Person
from cms_models.care.services.registration import register_packages, register_persons
from cms_models.market.models import Provider
from tests.council import TODAY, package_terms, person_terms


def client_of(council, role: Role) -> Client:
    client = Client()
    client.force_login(council[role])
    return client


def queries_of(client: Client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


def test_the_package_list_asks_as_much_for_one_row_as_for_fifty(council):
    client, url = client_of(council, Role.BROKER), reverse("carepackage:index")
    council.package(1, organisation_ref="P1", status="active")
    client.get(url)

    one = queries_of(client, url)
    numbers = range(2, 51)
    register_persons(actor=council.system, terms=[person_terms(n) for n in numbers])
    terms = [package_terms(n, organisation_ref="P1", status="active") for n in numbers]
    register_packages(actor=council.system, terms=terms, on=TODAY)
    fifty = queries_of(client, url)

    assert one == fifty


def test_exports_carry_no_formula_and_pounds_as_numbers(council):
    council.package(1)
    Provider.objects.filter(ref="P1").update(name='=HYPERLINK("http://x")')
    client = client_of(council, Role.BROKER)

    csv = b"".join(client.get(reverse("provider:index"), {"export": "csv"}).streaming_content)
    xlsx = b"".join(client.get(reverse("carepackage:index"), {"export": "xlsx"}).streaming_content)

    assert b"'=HYPERLINK" in csv
    rows = list(load_workbook(io.BytesIO(xlsx)).active.values)
    row = dict(zip(rows[0], rows[1], strict=True))
    assert row["Reference"] == "HC-000001"
    assert row["£ a week"] == 55.3  # 3.5 h × £15.80
    assert row["Hours a week"] == 3.5


def test_an_export_holds_what_the_filter_and_the_search_left(council):
    council.package(1)
    council.package(2, postcode="HR3 3CC")
    client, url = client_of(council, Role.BROKER), reverse("carepackage:index")

    searched = b"".join(client.get(url, {"export": "csv", "q": "HC-000002"}).streaming_content)

    assert b"HC-000002" in searched
    assert b"HC-000001" not in searched


def test_filters_offer_only_the_councils_own_rows(council, other_council):
    Provider.objects.filter(authority=other_council.authority).update(name="Stranger")

    page = client_of(council, Role.BROKER).get(reverse("award:index")).content.decode()

    assert "Provider One" in page
    assert "Stranger" not in page


def test_roles_that_see_no_people_find_no_name_on_a_package(council):
    package = council.package(1)
    url = reverse("carepackage:inspect", args=[package.pk])

    commissioner = client_of(council, Role.COMMISSIONER).get(url).content.decode()
    broker = client_of(council, Role.BROKER).get(url).content.decode()

    assert "Canarylast1" not in commissioner
    assert "Canarylast1" in broker
    assert Person.objects.count() == 1


def test_an_empty_list_says_what_to_do_next(council):
    page = client_of(council, Role.COMMISSIONER).get(reverse("budget:index")).content.decode()

    assert "No budget yet." in page
    assert reverse("budget:add") in page
