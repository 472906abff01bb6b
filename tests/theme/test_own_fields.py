"""Own fields and types of record in the admin: at once everywhere, for the right roles only."""

import io
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from cms_models.accounts.roles import STAFF_ROLES, Role
from cms_models.audit.models import AuditEntry
from cms_models.fields.own import services
from cms_models.fields.own.models import CustomField, Entry, RecordType, SavedView, StoredFile
from cms_models.jobs.imports import receive_file
from cms_models.jobs.models import ImportRow, ImportRun
from cms_models.market.models import Provider
from importers import session
from tests.council import TODAY, build_council
from tests.theme.browsing import visitor  # noqa: F401 - a fixture

MANAGER = Role.CONTRACT_MANAGER


def client_of(council, role: Role) -> Client:
    client = Client()
    client.force_login(council[role])
    return client


def add_field(council, record_type="market.provider", **said) -> CustomField:
    said = {"label": "DSPT status", "kind": "text", **said}
    return services.save_field(
        actor=council[Role.ADMINISTRATOR],
        field=CustomField(authority=council.authority, record_type=record_type, **said),
        expected_version=None,
    )


def add_type(council, **said) -> RecordType:
    said = {
        "name": "Safeguarding alert",
        "plural": "Safeguarding alerts",
        "see": [MANAGER.value],
        "change": [MANAGER.value],
        **said,
    }
    return services.save_record_type(
        actor=council[Role.ADMINISTRATOR],
        record_type=RecordType(authority=council.authority, **said),
        expected_version=None,
    )


def add_entry(council, kind: RecordType, title="Alert 1", **custom) -> Entry:
    return services.save_entry(
        actor=council[MANAGER],
        entry=Entry(authority=council.authority, record_type=kind, title=title, custom=custom),
        expected_version=None,
    )


DSPT = [{"code": "met", "label": "Standards met"}, {"code": "below", "label": "Approaching <b>"}]


def post_provider(council, provider: Provider, role=MANAGER, **own):
    data = {
        "name": provider.name,
        "ref": provider.ref,
        "state": provider.state,
        "version": provider.version,
        **{f"own_{key}": value for key, value in own.items()},
    }
    return client_of(council, role).post(reverse("provider:edit", args=[provider.pk]), data)


def text_of(response) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode()


def test_every_kind_is_typed_saved_shown_filtered_searched_and_exported(council):
    p1, p2 = council.providers["P1"], council.providers["P2"]
    made = [
        {"label": "Text", "kind": "text"},
        {"label": "Notes", "kind": "long_text"},
        {"label": "Beds", "kind": "number", "unit": "beds", "decimals": 1},
        {"label": "Bond", "kind": "money"},
        {"label": "Expires", "kind": "date"},
        {"label": "Insured", "kind": "yes_no"},
        {"label": "DSPT", "kind": "choice", "choices": DSPT},
        {"label": "Tools", "kind": "choices", "choices": DSPT},
        {"label": "Sister", "kind": "link", "link_to": "market.provider"},
        {"label": "Base", "kind": "location"},
        {"label": "contains", "kind": "text"},  # a key that is a look-up's name too
    ]
    for said in made:
        add_field(council, **said)

    response = post_provider(
        council,
        p1,
        text="<b>bold</b>",
        notes="one\nwalrus",
        beds="12.5",
        bond="1234.50",
        expires="2027-01-31",
        insured="no",
        dspt="below",
        tools=["below", "met"],
        sister=str(p2.pk),
        base_postcode="hr1 1aa",
        contains="a tin of words",
    )

    p1.refresh_from_db()
    assert response.status_code == 302
    assert p1.custom == {
        "text": "<b>bold</b>",
        "notes": "one\nwalrus",
        "beds": 12.5,
        "bond": 123450,
        "expires": "2027-01-31",
        "insured": False,
        "dspt": "below",
        "tools": ["met", "below"],
        "sister": p2.pk,
        "base": {"latitude": 52.0567, "longitude": -2.715, "postcode": "HR1 1AA"},
        "contains": "a tin of words",
    }
    client, url = client_of(council, MANAGER), reverse("provider:index")
    page = text_of(client.get(reverse("provider:inspect", args=[p1.pk])))
    for shown in ("12.5 beds", "£1,234.50", "31/01/2027", "Provider Two", "HR1 1AA (52.0567"):
        assert shown in page
    assert "&lt;b&gt;bold" in page
    assert "<b>bold" not in page
    assert "Approaching <b>" not in page
    assert "£1,234.50" in text_of(client.get(url, {"all": 1}))

    finds = [
        {"own_text": "BOLD"},
        {"own_beds_from": "12.5", "own_beds_until": "12.5"},
        {"own_bond_from": "1234.50"},
        {"own_expires_from": "2027-01-31", "own_expires_until": "2027-01-31"},
        {"own_insured": "no"},
        {"own_dspt": "below"},
        {"own_tools": "met"},
        {"own_sister": str(p2.pk)},
        {"own_base": "yes"},
        {"own_contains": "tin"},
        *(
            {"q": text}
            for text in ("bold", "walrus", "12.5", "31/01/2027", "approaching", "hr1 1aa")
        ),
        {"q": "tin of"},
    ]
    misses = [
        {"own_text": "italic"},
        {"own_beds_from": "12.6"},
        {"own_bond_until": "1234.49"},
        {"own_expires_until": "2027-01-30"},
        {"own_insured": "yes"},
        {"own_dspt": "met"},
        {"own_sister": str(p1.pk)},
        {"own_base": "no"},
        {"q": "approached"},
    ]
    for query in finds:
        found = client.get(url, query).context["object_list"]
        assert list(found) == [p1], query
    for query in misses:
        assert p1 not in client.get(url, query).context["object_list"], query
    for ordering in ("own_beds", "-own_beds", "own_text", "own_expires", "-own_insured"):
        first = client.get(url, {"ordering": ordering}).context["object_list"][0]
        assert first == p1, ordering  # rows without a value come last, either way

    export = client.get(url, {"export": "xlsx", "q": "bold"})
    rows = list(load_workbook(io.BytesIO(b"".join(export.streaming_content))).active.values)
    row = dict(zip(rows[0], rows[1], strict=True))
    assert (row["Beds"], row["Bond"], row["Insured"]) == (12.5, 1234.5, "No")
    assert (row["DSPT"], row["Sister"]) == ("Approaching <b>", "Provider Two")
    assert "Standards met; Approaching <b>" in text_of(client.get(url, {"export": "csv"}))


def test_what_does_not_fit_is_refused_beside_its_field_and_nothing_is_written(council):
    provider = council.providers["P1"]
    add_field(council, label="Beds", kind="number", most=10, required=True)
    add_field(council, label="Sister", kind="link", link_to="market.provider")
    add_field(council, label="Base", kind="location")
    entries = AuditEntry.objects.count()

    page = post_provider(council, provider, beds="11", sister="999999", base_latitude="52")
    missing = post_provider(council, provider, beds="")

    errors = page.context["form"].errors
    assert errors["own_beds"] == ["Beds: at most 10 is possible."]
    assert errors["own_sister"] == ["Choose one of these records."]
    assert "longitude" in errors["own_base"][0]
    assert missing.context["form"].errors["own_beds"] == ["Beds is needed."]
    provider.refresh_from_db()
    assert (provider.custom, AuditEntry.objects.count()) == ({}, entries)


def test_a_form_never_drops_what_it_does_not_show(council):
    provider = council.providers["P1"]
    add_field(council, label="Shown")
    add_field(council, label="Secret", see=[Role.ADMINISTRATOR.value])
    locked = add_field(council, label="Locked", edit=[Role.ADMINISTRATOR.value])
    gone = add_field(council, label="Gone")
    custom = {"shown": "1", "secret": "Canary", "locked": "3", "gone": "4", "older": "5"}
    Provider.objects.filter(pk=provider.pk).update(custom=custom)
    services.retire_field(actor=council[Role.ADMINISTRATOR], field=gone)

    post_provider(
        council, provider, shown="one", secret="stolen", locked="broken", gone="back", older="x"
    )

    provider.refresh_from_db()
    assert provider.custom == {**custom, "shown": "one"}
    form = client_of(council, MANAGER).get(reverse("provider:edit", args=[provider.pk]))
    assert form.context["form"].fields["own_locked"].disabled
    assert locked.label in text_of(form)


def test_a_field_is_hidden_from_other_roles_on_every_page_and_in_history(council):
    provider = council.providers["P1"]
    add_field(council, label="Canary field", see=[MANAGER.value], kind="text")
    post_provider(council, provider, canary_field="Canary value")

    pages = [
        reverse("provider:index"),
        f"{reverse('provider:index')}?q=Canary+value",
        f"{reverse('provider:index')}?export=csv",
        f"{reverse('provider:index')}?own_canary_field=Canary+value",
        reverse("provider:inspect", args=[provider.pk]),
        reverse("provider:history", args=[provider.pk]),
        f"{reverse('auditentry:index')}?subject_type=market.provider",
        f"{reverse('auditentry:index')}?export=csv",
        *(reverse("auditentry:inspect", args=[row.pk]) for row in AuditEntry.objects.all()[:1]),
    ]
    for url in pages:
        told = text_of(client_of(council, MANAGER).get(url))
        hidden = text_of(client_of(council, Role.BROKER).get(url))
        assert "Canary value" in told, url
        # The search box and the address show what was asked; nothing else does.
        assert "Canary field" not in hidden, url
        assert "Canary value" not in re.sub(r'(value|href|data-\S+)="[^"]*"', "", hidden), url


def test_a_renamed_and_retired_field_stays_readable_in_history(council):
    provider, administrator = council.providers["P1"], council[Role.ADMINISTRATOR]
    field = add_field(council, kind="choice", choices=DSPT)
    post_provider(council, provider, dspt_status="met")
    field.label, field.choices = "Data security", [{**DSPT[0], "retired": True}, DSPT[1]]
    services.save_field(actor=administrator, field=field, expected_version=field.version)
    services.retire_field(actor=administrator, field=field)

    url = reverse("provider:history", args=[provider.pk])
    history = text_of(client_of(council, MANAGER).get(url))

    assert "Data security: – → Standards met" in history


def test_a_list_with_own_fields_asks_as_much_for_one_row_as_for_fifty(council):
    add_field(council, kind="choice", choices=DSPT)
    add_field(council, label="Sister", kind="link", link_to="market.provider")
    add_field(council, label="Lot", kind="link", link_to="market.lot")
    p1 = council.providers["P1"]
    Provider.objects.update(custom={"dspt_status": "met", "sister": p1.pk, "lot": 1})
    client, url = client_of(council, MANAGER), reverse("provider:index")
    client.get(url)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    few = asked()
    Provider.objects.bulk_create(
        Provider(
            authority=council.authority,
            ref=f"X{n}",
            name=f"Extra {n}",
            custom={"dspt_status": "below", "sister": p1.pk, "lot": 1},
        )
        for n in range(47)
    )

    assert asked() == few


def test_a_link_whose_record_is_gone_says_so_and_is_kept(council):
    add_field(council, label="Sister", kind="link", link_to="market.provider")
    provider = council.providers["P1"]
    Provider.objects.filter(pk=provider.pk).update(custom={"sister": 999_999})

    client = client_of(council, MANAGER)
    page = text_of(client.get(reverse("provider:inspect", args=[provider.pk])))
    post_provider(council, provider, sister="999999")

    provider.refresh_from_db()
    assert "(gone)" in page
    assert provider.custom == {"sister": 999_999}


def test_a_file_is_sent_to_those_who_see_the_record_and_the_field_only(council, other_council):
    add_field(council, label="Certificate", kind="file", see=[MANAGER.value])
    provider = council.providers["P1"]
    upload = SimpleUploadedFile("..\\..\\dspt.pdf", b"%PDF canary", content_type="text/html")

    post_provider(council, provider, certificate=upload)

    provider.refresh_from_db()
    url = reverse("own_file", args=["market.provider", provider.pk, "certificate"])
    sent = client_of(council, MANAGER).get(url)
    assert sent.content == b"%PDF canary"
    assert sent["Content-Disposition"] == 'attachment; filename="dspt.pdf"'
    assert sent["Content-Type"] == "application/octet-stream"
    assert sent["X-Content-Type-Options"] == "nosniff"
    for role in STAFF_ROLES - {MANAGER}:
        assert client_of(council, role).get(url).status_code == 404, role
    assert client_of(other_council, MANAGER).get(url).status_code == 404
    assert Client().get(url).status_code == 302


@pytest.mark.parametrize(
    ("name", "size", "because"),
    [
        ("page.html", 5, "is of none of the kinds"),
        ("drawing.svg", 5, "is of none of the kinds"),
        ("big.pdf", services.FILE_BYTES_MOST + 1, "at most 10 MB are kept"),
    ],
)
def test_a_file_that_is_not_kept_is_refused_by_name(council, name, size, because):
    add_field(council, label="Certificate", kind="file")
    provider = council.providers["P1"]

    page = post_provider(council, provider, certificate=SimpleUploadedFile(name, b"x" * size))

    assert because in page.context["form"].errors["own_certificate"][0]
    assert not StoredFile.objects.exists()


def test_a_package_keeps_own_values_though_its_form_saves_its_own_way(council):
    package = council.package(1)
    add_field(council, record_type="care.carepackage", label="Key safe")
    client = client_of(council, Role.BROKER)
    url = reverse("carepackage:edit", args=[package.pk])
    form = client.get(url).context["form"]
    data = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in data.items() if value not in (None, False)}

    response = client.post(url, {**data, "own_key_safe": "By the door"})

    package.refresh_from_db()
    assert response.status_code == 302
    assert package.custom == {"key_safe": "By the door"}


# Types of record.


def test_entries_have_list_form_page_search_filter_export_and_history(council):
    kind = add_type(council, title_label="Reference")
    add_field(council, kind.label, label="Risk", kind="choice", choices=DSPT)
    client = client_of(council, MANAGER)

    added = client.post(
        reverse("entry:add", args=[kind.slug]), {"title": "Alert 1", "own_risk": "met"}
    )
    entry = Entry.objects.get()
    edit = reverse("entry:edit", args=[entry.pk])
    client.post(edit, {"title": "Alert 1", "own_risk": "below", "version": 1})
    stale = client.post(edit, {"title": "Alert 1", "own_risk": "met", "version": 1})

    url = reverse("entry:index", args=[kind.slug])
    entry.refresh_from_db()
    assert added["Location"] == reverse("entry:inspect", args=[entry.pk])
    assert (entry.title, entry.custom) == ("Alert 1", {"risk": "below"})
    assert stale.status_code == 409
    assert "Standards met" in text_of(stale)
    assert [
        list(client.get(url, q).context["object_list"]) for q in ({"q": "approach"}, {"q": "z"})
    ]
    assert list(client.get(url, {"own_risk": "below"}).context["object_list"]) == [entry]
    assert not client.get(url, {"own_risk": "met"}).context["object_list"]
    export = text_of(client.get(url, {"export": "csv"}))
    assert export.splitlines()[0].split(",") == ["Reference", "Added", "Risk"]
    history = text_of(client.get(reverse("entry:history", args=[entry.pk])))
    assert "Risk: Standards met → Approaching" in history
    for name in ("entry:inspect", "entry:delete", "entry:as_at_record"):
        assert client.get(reverse(name, args=[entry.pk])).status_code == 200
    as_at = client.get(reverse("entry:as_at", args=[kind.slug]))
    assert "Alert 1" in text_of(as_at)
    client.post(reverse("entry:delete", args=[entry.pk]))
    assert not Entry.objects.exists()


def test_a_role_the_type_does_not_name_reaches_no_entry_and_writes_nothing(council, other_council):
    kind = add_type(council, name="Canary alert", see=[Role.AUDITOR.value, MANAGER.value])
    add_field(council, kind.label, label="Note")
    entry = add_entry(council, kind, title="Canary title", note="Canary note")
    by_slug = [reverse(f"entry:{name}", args=[kind.slug]) for name in ("index", "add", "as_at")]
    by_pk = [
        reverse(f"entry:{name}", args=[entry.pk])
        for name in ("inspect", "edit", "delete", "history", "as_at_record")
    ]
    entries = AuditEntry.objects.count()

    strangers = [council[Role.BROKER], council[Role.ADMINISTRATOR], other_council[MANAGER]]
    for user in strangers:
        client = Client()
        client.force_login(user)
        for url in (*by_slug, *by_pk):
            assert client.get(url).status_code == 404, (user, url)
            posted = client.post(url, {"title": "Taken", "version": 1})
            assert posted.status_code in (404, 405), (user, url)
        assert "Canary alert" not in text_of(client.get("/admin/"))
    reader = client_of(council, Role.AUDITOR)
    assert reader.get(by_pk[0]).status_code == 200
    for url in (by_slug[1], *by_pk[1:3]):
        assert reader.post(url, {"title": "Taken", "version": 1}).status_code in (302, 403)
    entry.refresh_from_db()
    assert (entry.title, AuditEntry.objects.count()) == ("Canary title", entries)


def test_a_type_is_in_the_menu_at_once_for_the_roles_that_see_it(council):
    kind = add_type(council)
    url = reverse("entry:index", args=[kind.slug])

    assert url in text_of(client_of(council, MANAGER).get("/admin/"))
    assert url not in text_of(client_of(council, Role.BROKER).get("/admin/"))
    services.retire_record_type(actor=council[Role.ADMINISTRATOR], record_type=kind)
    assert url not in text_of(client_of(council, MANAGER).get("/admin/"))


def test_entries_come_by_file_through_the_wizard(council):
    kind = add_type(council)
    for said in (
        {"label": "Risk", "kind": "choice", "choices": DSPT},
        {"label": "Cost", "kind": "money"},
        {"label": "Provider", "kind": "link", "link_to": "market.provider"},
        {"label": "Seen on", "kind": "date", "required": True},
    ):
        add_field(council, kind.label, **said)
    add_entry(council, kind, title="Known", risk="below", seen_on="2026-01-01")
    content = (
        b"Title,Risk,Cost,Provider,Seen on\n"
        b"Known,Standards met,12.50,Provider One,02/01/2026\n"
        b"New,met,,,03/01/2026\n"
        b"Wrong,purple,x,Nobody,03/01/2026\n"
        b"Without,,,,\n"
    )
    manager = council[MANAGER]
    run = receive_file(actor=manager, kind=kind.label, filename="alerts.csv", content=content).run

    totals = session.check(actor=manager, run=run, on=TODAY)
    page = client_of(council, MANAGER).get(reverse("import_page", args=[run.pk]))

    assert {name: totals[name] for name in ("new", "updated", "rejected")} == {
        "new": 1,
        "updated": 1,
        "rejected": 2,
    }
    assert page.status_code == 200
    assert (
        client_of(council, MANAGER).get(reverse("import_mapping", args=[run.pk])).status_code == 200
    )
    assert not ImportRun.objects.visible_to(council[Role.BROKER]).exists()
    refused = ImportRow.objects.filter(run=run, outcome="rejected").order_by("number")
    assert "is none of Standards met" in str(refused[0].errors)
    assert "Seen on is needed." in str(refused[1].errors)


def test_an_accepted_file_writes_entries_with_their_audit(council):
    kind = add_type(council)
    add_field(council, kind.label, label="Cost", kind="money")
    add_field(council, kind.label, label="Locked", edit=[Role.AUDITOR.value])
    manager = council[MANAGER]
    known = add_entry(council, kind, title="Known", cost=100, locked="kept")
    run = receive_file(
        actor=manager, kind=kind.label, filename="a.csv", content=b"Title,Cost\nKnown,2.50\nNew,\n"
    ).run
    session.check(actor=manager, run=run, on=TODAY)
    session.accept(actor=manager, run=run, on=TODAY, now=known.created_at)

    known.refresh_from_db()
    assert known.custom == {"cost": 250, "locked": "kept"}
    assert set(Entry.objects.values_list("title", flat=True)) == {"Known", "New"}
    refused = receive_file(
        actor=manager, kind=kind.label, filename="b.csv", content=b"Title,Locked\nKnown,x\n"
    ).run
    with pytest.raises(ValueError, match="may not change Locked"):
        session.check(actor=manager, run=refused, on=TODAY)


# The builder and saved views.


def test_the_builder_is_for_roles_that_design_records(council):
    add_field(council)
    pages = [reverse("own_fields"), reverse("own_fields_of", args=["market.provider"])]

    for role in sorted(STAFF_ROLES):
        seen = role in {Role.ADMINISTRATOR, Role.COMMISSIONER, Role.AUDITOR}
        for url in pages:
            got = client_of(council, role).get(url)
            assert (got.status_code == 200) == seen, (role, url)
    administrator = client_of(council, Role.ADMINISTRATOR)
    for label in ("market.nothing", "accounts.user", "fields.customfield", "entry.none"):
        assert administrator.get(reverse("own_fields_of", args=[label])).status_code == 404


def test_a_field_is_made_changed_and_its_choices_retired_on_screen(council):
    client = client_of(council, Role.ADMINISTRATOR)
    add = f"{reverse('customfield:add')}?on=market.provider&kind=choice"
    data = {
        "label": "DSPT <i>status</i>",
        "choices": "met | Standards met\nApproaching standards",
        "default_text": "standards met",
        "in_list": "on",
    }

    wrong = client.post(add, {**data, "choices": "", "key": "__class__"})
    client.post(add, data)

    field = CustomField.objects.get()
    assert set(wrong.context["form"].errors) >= {"choices", "key"}
    assert (field.key, field.default) == ("dspt_i_status_i", "met")
    edit = reverse("customfield:edit", args=[field.pk])
    client.post(
        edit,
        {"label": "DSPT", "choices": "met | All met", "version": field.version, "key": "other"},
    )
    field.refresh_from_db()
    assert field.key == "dspt_i_status_i"
    assert field.choices == [
        {"code": "met", "label": "All met"},
        {"code": "approaching-standards", "label": "Approaching standards", "retired": True},
    ]
    page = text_of(client.get(reverse("own_fields_of", args=["market.provider"])))
    assert "Retired choices: Approaching standards" in page


def test_ten_thousand_choices_are_refused_in_words(council):
    add = f"{reverse('customfield:add')}?on=market.provider&kind=choice"
    lines = "\n".join(f"Choice {n}" for n in range(10_000))

    page = client_of(council, Role.ADMINISTRATOR).post(add, {"label": "X", "choices": lines})

    assert "10,000 choices are too many" in page.context["form"].errors["choices"][0]


def test_a_view_is_saved_opened_first_and_deleted(council):
    client, url = client_of(council, Role.BROKER), reverse("provider:index")
    kept = {
        "record_type": "market.provider",
        "name": "Active ones",
        "query": "?state=active&q=&p=2&evil=%3Cscript%3E&ordering=-name",
        "shared": "on",
    }

    saved = client.post(reverse("saved_view_new"), kept)
    view = SavedView.objects.get()
    client.post(reverse("saved_view_first", args=[view.pk]))
    opened = client.get(url)
    others = client_of(council, Role.FINANCE)

    assert view.query == "evil=%3Cscript%3E&ordering=-name&state=active"
    assert saved["Location"] == f"{url}?{view.query}"
    assert opened["Location"] == f"{url}?{view.query}"
    assert client.get(url, {"all": 1}).status_code == 200
    assert "Active ones" in text_of(others.get(url))
    assert others.post(reverse("saved_view_delete", args=[view.pk])).status_code == 302
    assert SavedView.objects.exists()
    client.post(reverse("saved_view_delete", args=[view.pk]))
    assert not SavedView.objects.exists()
    for record_type in ("entry.none", "fields.savedview", "https://evil.example", ""):
        refused = client.post(reverse("saved_view_new"), {**kept, "record_type": record_type})
        assert refused.status_code == 404
    nothing = {**kept, "name": "", "query": "x" * 5000}
    assert client.post(reverse("saved_view_new"), nothing).status_code == 302
    assert not SavedView.objects.exists()


@pytest.mark.browser
def test_an_administrator_adds_a_field_and_a_type_and_both_are_at_once_everywhere(
    visitor,  # noqa: F811
    transactional_db,
):
    council = build_council()
    page = visitor.page

    visitor.sign_in("administrator")
    visitor.open("/admin/own-fields/")
    assert visitor.serious_axe_findings() == []
    page.click(".theme-build__kinds a:has-text('Providers')")
    page.wait_for_load_state("networkidle")
    page.click("a:has-text('One choice')")
    page.wait_for_load_state("networkidle")
    page.fill("#id_label", "DSPT status")
    page.fill("#id_choices", "Standards met\nApproaching standards")
    assert visitor.serious_axe_findings() == []
    page.click("button[type=submit]:has-text('Create')")
    page.wait_for_load_state("networkidle")
    assert page.locator(".theme-build__name", has_text="DSPT status").count() == 1
    assert visitor.serious_axe_findings() == []

    page.goto(f"{visitor.base}/admin/own-fields/")
    page.click("a:has-text('Add a record type')")
    page.wait_for_load_state("networkidle")
    page.fill("#id_name", "Safeguarding alert")
    page.fill("#id_plural", "Safeguarding alerts")
    page.check("#id_change input[value=contract_manager]")
    page.click("button[type=submit]:has-text('Create')")
    page.wait_for_load_state("networkidle")
    for kind, label in (
        ("Date", "Raised on"),
        ("Yes or no", "Police told"),
        ("Long text", "What happened"),
        ("Number", "People affected"),
        ("Link to a record", "Provider"),
    ):
        page.click(f".theme-build__kinds-of-field a:has(strong:text-is('{kind}'))")
        page.wait_for_load_state("networkidle")
        page.fill("#id_label", label)
        if kind == "Link to a record":
            page.select_option("#id_link_to", "market.provider")
        page.click("button[type=submit]:has-text('Create')")
        page.wait_for_load_state("networkidle")
    page.focus("button[aria-label='Move Provider up']")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    names = page.locator(".theme-build__name").all_inner_texts()
    assert names == ["Raised on", "Police told", "What happened", "Provider", "People affected"]
    assert visitor.serious_axe_findings() == []

    page.context.clear_cookies()
    visitor.sign_in("contract_manager")
    provider = council.providers["P1"]
    visitor.open(f"/admin/provider/edit/{provider.pk}/")
    page.select_option("#id_own_dspt_status", label="Standards met")
    assert visitor.serious_axe_findings() == []
    page.click("button[type=submit]:has-text('Save')")
    page.wait_for_load_state("networkidle")
    assert "Standards met" in page.inner_text(".theme-details--own")
    listed = visitor.open("/admin/provider/?own_dspt_status=standards-met")
    assert listed.locator("td:has-text('Standards met')").count() == 1
    assert listed.locator(".listing tbody tr").count() == 1
    searched = visitor.open("/admin/provider/?q=standards+met")
    assert searched.locator(".listing tbody tr").count() == 1
    page.click("summary:has-text('Save this view')")
    page.fill("#saved-view-name", "DSPT met")
    page.click("[data-saved-view] button")
    page.wait_for_load_state("networkidle")
    assert page.inner_text(".theme-views a[aria-current]") == "DSPT met"
    assert visitor.serious_axe_findings() == []
    with page.expect_download() as download:
        page.evaluate("location.href = '/admin/provider/?export=csv&q=standards+met'")
    assert "DSPT status" in download.value.path().read_text()

    visitor.open("/admin/entry/of/safeguarding-alert/new/")
    assert visitor.serious_axe_findings() == []
    page.fill("#id_title", "SA-1")
    page.fill("#id_own_raised_on", "23/11/2026")
    page.keyboard.press("Escape")
    page.select_option("#id_own_police_told", "no")
    page.fill("#id_own_what_happened", "A fall\nin the bath")
    page.fill("#id_own_people_affected", "2")
    page.select_option("#id_own_provider", label="Provider One")
    page.click("button[type=submit]:has-text('Create')")
    page.wait_for_load_state("networkidle")
    entry = Entry.objects.get()
    assert entry.custom == {
        "raised_on": "2026-11-23",
        "police_told": False,
        "what_happened": "A fall\nin the bath",
        "people_affected": 2,
        "provider": provider.pk,
    }
    assert visitor.serious_axe_findings() == []
    visitor.open("/admin/entry/of/safeguarding-alert/")
    assert page.locator("td:has-text('Provider One')").count() == 1
    assert visitor.serious_axe_findings() == []
    assert visitor.errors == []
    assert visitor.outside == []

    page.context.clear_cookies()
    visitor.sign_in("broker")
    assert page.goto(f"{visitor.base}/admin/entry/inspect/{entry.pk}/").status == 404
    assert "Safeguarding" not in visitor.open("/admin/").content()
