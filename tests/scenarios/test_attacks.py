"""Small attacks on the doors of brokerage: each is refused in words, and leaves nothing behind."""

import base64
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cms_models.accounts.roles import Role
from cms_models.brokerage.domain import OfferTerms
from cms_models.brokerage.models import Invitation, Message, Offer, Question
from cms_models.brokerage.refusals import TooLate
from cms_models.brokerage.services import offers
from cms_models.market.models import Lot, ProviderDocument
from homeward_api.examples import EXAMPLES
from tests.council import PASSWORD, TODAY, Council
from tests.homeward_api.conftest import Door, _monday, key_of  # noqa: F401
from tests.scenarios.peopled import Peopled, Stillness, peopled
from tests.scenarios.test_matrix import LISTS, RECORDS, addresses, filled

IN_A_WEEK = TODAY + timedelta(days=7)
PDF = b"%PDF-1.4 paper"
OFFER = EXAMPLES["makeOffer"].query.replace(
    "$conditions: String)", "$conditions: String, $price: Int)"
)
OFFER = OFFER.replace("conditions: $conditions)", "conditions: $conditions, pricePence: $price)")


@pytest.fixture
def world(council, other_council) -> Peopled:
    return peopled(council, other_council)


@pytest.fixture
def client(council: Council) -> Client:
    signed_in = Client()
    signed_in.force_login(council.provider_users["P1"])
    return signed_in


def asked(council: Council, number: int = 1, **terms: Any) -> Invitation:
    rows = council.released(number, **terms).invitations.select_related("provider")
    found: Invitation = rows.get(provider__ref="P1")
    return found


# The clocks go back on 25 October 2026 and forward on 28 March 2027, both at 01:00 UTC.
@pytest.mark.parametrize(
    "released_at",
    [datetime(2026, 10, 24, 22, 30, tzinfo=UTC), datetime(2027, 3, 27, 22, 30, tzinfo=UTC)],
    ids=["an hour twice", "an hour missing"],
)
def test_a_clock_runs_its_elapsed_minutes_on_the_nights_the_clocks_change(council, released_at):
    row = asked(council, now=released_at, starts_on=released_at.date())
    user = council.provider_users["P1"]
    terms = OfferTerms(starts_on=released_at.date() + timedelta(days=7), weekly_minutes=210)
    clock = row.closes_at - released_at

    def offered(at: datetime) -> Offer:
        return offers.make_offer(actor=user, invitation=row, terms=terms, now=at)

    assert clock == timedelta(minutes=round(clock.total_seconds() / 60))
    assert row.closes_at.utcoffset() == timedelta(0)
    for late in (row.closes_at, row.closes_at + timedelta(microseconds=1)):
        with pytest.raises(TooLate):
            offered(late)
    assert offered(row.closes_at - timedelta(microseconds=1)).state == "open"


def test_a_price_that_cannot_be_is_refused_in_the_portal(council, client):
    Lot.objects.filter(pk=council.lots["O-A"].pk).update(offers_name_price=True)
    address = reverse("portal:offer", args=[asked(council).public_id])
    still, sent = Stillness(), {"starts_on": IN_A_WEEK.isoformat(), "weekly_hours": "3.5"}

    for price in ("-1", "0", "0.005", "1000000000", "1e9", "NaN", "Infinity", "1,5", "££"):
        with still.during(price):
            answer = client.post(address, {**sent, "price": price})
        assert answer.status_code == 422, price
        assert "Price" in answer.content.decode(), price


def test_a_price_that_cannot_be_is_refused_to_software(council):
    Lot.objects.filter(pk=council.lots["O-A"].pk).update(offers_name_price=True)
    row, door = asked(council), Door(key_of(council.provider_users["P1"]))
    given = {"invitation": str(row.public_id), "startsOn": IN_A_WEEK.isoformat()}
    still = Stillness()

    for pence in (-1, 0, 10_000_000, 100_000_000_000, 10**20, 1.5, "1", True):
        with still.during(pence):
            answer = door.ask(OFFER, idempotencyKey="1", weeklyMinutes=210, price=pence, **given)
        refused = answer.codes == ["BAD_USER_INPUT"] or answer.data["makeOffer"]["problems"]
        assert refused, (pence, answer.text)


def test_fields_that_nobody_asked_for_change_nothing(world, client):
    council = world.council
    extra = {
        "provider": str(council.providers["P2"].public_id),
        "provider_id": council.providers["P2"].pk,
        "state": "won",
        "award": "1",
        "made_by": council[Role.BROKER].pk,
        "version": "99",
        "authority": world.other.authority.pk,
    }
    address = reverse("portal:offer", args=[world.things["invitation"].public_id])
    client.post(address, {**extra, "starts_on": IN_A_WEEK.isoformat(), "weekly_hours": "3.5"})

    row = Offer.objects.latest("pk")
    assert (row.provider.ref, row.state, row.award, row.version) == ("P1", "open", None, 1)
    assert (row.authority, row.made_by) == (council.authority, council.provider_users["P1"])
    door, still = Door(key_of(council.provider_users["P2"])), Stillness()
    for name in ("providerId", "state", "rate", "authority"):
        query = OFFER.replace("conditions: $", f'{name}: "1", conditions: $')
        with still.during(name):
            answer = door.ask(query, invitation=world.ids()["lapsed"], idempotencyKey="1")
        assert answer.codes, name
        assert set(answer.codes) == {"BAD_USER_INPUT"}, (name, answer.text)


def test_characters_that_no_database_keeps_are_refused_in_every_form(world, client):
    still = Stillness()
    pages = [(name, reverse(f"portal:{name}"), sent) for name, sent in LISTS.items()]

    for name, address, sent in [*pages, *addresses(world)]:
        for field, value in filled(sent, world).items():
            if not isinstance(value, str):
                continue
            with still.during((name, field)):
                answer = client.post(address, {**filled(sent, world), field: "x\0y"})
            assert answer.status_code in (400, 422), (name, field)
    for odd in ("%ED%A0%80", "%00", "%ff%fe", "' OR 1=1 --", "9" * 400):
        assert client.get(f"/portal/packages/?zone={odd}").status_code in (200, 400), odd


def test_characters_that_no_database_keeps_are_refused_in_every_input(world):
    door, still = Door(key_of(world.council.provider_users["P1"])), Stillness()

    for name, example in EXAMPLES.items():
        if not example.query.startswith("mutation"):
            continue
        for key, value in example.variables.items():
            if not isinstance(value, str):
                continue
            for odd in ('"x\\u0000y"', '"\\ud800"'):
                values = {**example.variables, key: "{odd}"}
                body = json.dumps({"query": example.query, "variables": values})
                with still.during((name, key)):
                    answer = door.send(body.replace('"{odd}"', odd))
                assert answer.codes == ["BAD_USER_INPUT"], (name, answer.text)


def test_a_cursor_of_changes_is_the_callers_own_or_none(world):
    council = world.council
    users = {
        "P1": council.provider_users["P1"],
        "P2": council.provider_users["P2"],
        "theirs": world.other.provider_users["P1"],
    }
    doors = {name: Door(key_of(user)) for name, user in users.items()}
    text = (
        "query ($cursor: String) { packagesChangedSince(cursor: $cursor) { cursor nodes { id } } }"
    )
    own = {name: door.ask(text).data["packagesChangedSince"] for name, door in doors.items()}
    other = doors["P1"].ask("{ openPackages(first: 1) { pageInfo { endCursor } } }").data
    page = other["openPackages"]["pageInfo"]["endCursor"]
    good = own["P1"]["cursor"]
    forged = (own["P2"]["cursor"], own["theirs"]["cursor"], page, good[:-1], f"{good}x", "0", "-1")

    for cursor in (*forged, "", ":", "é", "MA:x", "9" * 5000, base64.b64encode(b"0").decode()):
        assert doors["P1"].ask(text, cursor=cursor).codes == ["BAD_USER_INPUT"], cursor
    assert doors["P1"].ask(text, cursor=good).data["packagesChangedSince"]["nodes"] == []
    assert {node["id"] for node in own["P1"]["nodes"]} & {
        node["id"] for node in own["P2"]["nodes"]
    } == set()


def bomb(ending: str) -> tuple[str, bytes]:
    """Return a small file that unpacks to 40 MB."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", bytes(40_000_000))
    return f"bomb.{ending}", kept.getvalue()


WRONG_FILES = {
    "a program": ("run.exe", b"MZ"),
    "a page": ("page.html", b"<script>alert(1)</script>"),
    "a picture that runs": ("x.svg", b"<svg onload='alert(1)'/>"),
    "a sheet": bomb("xlsx"),
    "a page named a PDF": ("page.pdf", b"<script>alert(1)</script>"),
    "too large": ("large.pdf", PDF + bytes(10_100_000)),
    "nothing": ("empty.pdf", b""),
    "no ending": ("paper", PDF),
}


def test_files_of_other_kinds_are_refused_at_every_door(world, client):
    hand_back = reverse("portal:hand_back", args=[world.ids()["package"]])
    words = {"reason": "needs_changed", "words": "More is needed."}
    door, still = Door(key_of(world.council.provider_users["P1"])), Stillness()

    for kind, (name, content) in WRONG_FILES.items():
        with still.during(kind):
            paper = SimpleUploadedFile(name, content)
            answers = [client.post(reverse("portal:add_document"), {"kind": "dspt", "file": paper})]
            paper = SimpleUploadedFile(name, content)
            answers.append(client.post(hand_back, {**words, "evidence": paper}))
        assert [answer.status_code for answer in answers] == [422, 422], kind
        if len(content) < 50_000:
            evidence = {"name": name, "base64": base64.b64encode(content).decode()}
            values = {**EXAMPLES["handBackPackage"].variables, "evidence": evidence}
            values["package"] = world.ids()["package"]
            with still.during(kind):
                answer = door.ask(EXAMPLES["handBackPackage"].query, **values)
            assert answer.data["handBackPackage"]["problems"], kind


def test_a_bomb_in_a_kind_that_is_kept_is_kept_unopened_and_given_back_as_a_file(world, client):
    name, content = bomb("docx")
    sent = {"kind": "dspt", "file": SimpleUploadedFile(f"../..\\{name}", content)}

    assert client.post(reverse("portal:add_document"), sent).status_code == 302

    row = ProviderDocument.objects.latest("pk")
    file = client.get(reverse("portal:document", args=[row.public_id]))
    assert row.name == name
    assert file.content == content
    assert file["Content-Disposition"] == f'attachment; filename="{name}"'
    assert file["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "to",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\t//e.x"],
)
def test_signing_in_leads_nowhere_else(council, to):
    for address, user in (("/portal/sign-in/", "p1"), ("/admin/login/", "broker")):
        answer = Client().post(
            f"{address}?next={to}", {"username": user, "password": PASSWORD, "next": to}
        )
        assert answer.status_code == 302, address
        assert answer["Location"] in ("/portal/", "/admin/"), address


MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def test_markup_in_words_is_shown_as_words_on_every_page(world, client):
    ids, council = world.ids(), world.council
    for name, address, sent in addresses(world):
        words = {key: MARKUP for key in ("conditions", "text", "words", "outcome") if sent}
        if name in ("ask", "offer", "hand_back", "review", "capacity"):
            assert client.post(address, {**filled(sent, world), **words}).status_code == 302, name
    for about in (ids["package"], ""):
        client.post(reverse("portal:messages"), {"about": about, "text": MARKUP})
    home = {"name": MARKUP, "postcode": "HR1 1AA", "kinds": ["nursing"]}
    client.post(reverse("portal:add_home"), home)
    broker, package = Client(), world.things["invitation"].release.package
    broker.force_login(council[Role.BROKER])
    pages = [reverse(f"portal:{name}") for name in LISTS if name != "choose_provider"]
    pages += [one for name, one, _ in addresses(world) if RECORDS[name][0] != "key"]
    admin = [reverse(one) for one in ("board", "board_cards", "board_changes")]
    for pk in (package.pk, world.things["package"].pk, world.things["offered"].release.package_id):
        admin += [reverse("board_package", args=[pk]), reverse("package_page", args=[pk])]
    kinds = ("offer", "question", "message", "handback", "reviewtask", "carehome", "invitation")
    admin += [reverse(f"{kind}:index") for kind in kinds]
    admin += [reverse(f"{kind}:inspect", args=[row.pk]) for kind, row in _latest().items()]

    shown = 0
    for reader, addresses_ in ((client, pages), (broker, admin)):
        for address in addresses_:
            answer = reader.get(address)
            if answer.get("Content-Type", "").startswith("text/html"):
                text = answer.content.decode()
                assert "<script>alert(1)" not in text, address
                assert "<img src=x" not in text, address
                shown += "&lt;script&gt;alert(1)" in text
    assert shown >= 8, shown


def _latest() -> dict[str, Any]:
    kinds = {"offer": Offer, "question": Question, "message": Message}
    return {kind: model.objects.latest("pk") for kind, model in kinds.items()}


def test_a_guess_at_the_persons_name_is_answered_like_any_other_word(world):
    ids, door = world.ids(), Door(key_of(world.council.provider_users["P1"]))
    person = world.things["invitation"].release.package.person
    said = {}

    for word in (person.first_name, person.last_name, "Margaret"):
        asking = {"invitation": ids["invitation"], "text": f"Is it {word}?"}
        asked_ = door.ask(EXAMPLES["askQuestion"].query, idempotencyKey=word, **asking)
        offer = {**EXAMPLES["makeOffer"].variables, "startsOn": IN_A_WEEK.isoformat()}
        offer |= {"conditions": f"Ring 01432 260000 about {word}.", "idempotencyKey": f"o{word}"}
        offer |= {"invitation": ids["invitation"]}
        offered = door.ask(EXAMPLES["makeOffer"].query, **offer)
        said[word] = (
            asked_.data["askQuestion"]["problems"],
            offered.data["makeOffer"]["problems"],
        )

    assert said[person.first_name] == said[person.last_name] == said["Margaret"]
    assert [len(problems) for problems in said["Margaret"]] == [0, 1]
