"""Open and awarded packages: who reads what, a page at a time."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.audit.models import PersonalRead
from cms_models.brokerage.models import Invitation, Release, ReleaseStep, Requirement, Route
from cms_models.care.models import CarePackage
from cms_models.care.patterns import parse_pattern
from cms_models.care.services.awards import award
from cms_models.care.services.registration import register_packages, register_persons
from cms_models.fields.services import set_rule
from tests.council import TODAY, Council, package_terms, person_terms

OPEN = """
query ($first: Int, $after: String, $lot: String, $pathway: Pathway, $zone: String,
       $skill: String) {
  openPackages(first: $first, after: $after, lot: $lot, pathway: $pathway, zone: $zone,
               skill: $skill) {
    totalCount totalCountIsCapped
    pageInfo { hasNextPage endCursor }
    edges { cursor node { reference } }
    nodes {
      __typename id reference pathway zone { code name } lot { code name } postcodeDistrict startsOn
      weeklyMinutes skills decisionsNeeded
      calls { days earliest latest minutes carers skills kind }
    }
  }
}"""
OWN = """
query ($first: Int, $after: String, $status: PackageStatus, $lot: String, $pathway: Pathway,
       $zone: String) {
  packages(first: $first, after: $after, status: $status, lot: $lot, pathway: $pathway,
           zone: $zone) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { cursor node { reference } }
    nodes {
      id reference elementId serviceType status pathway startsOn endsOn noticeOn reasonEnded
      area areaReason housingWithCare weeklyMinutes weeklyPence pricedOn unpricedReason
      decisionsNeeded skills zone { code name } lot { code name }
      person { mosaicPersonId firstName lastName birthDate gender address postcode }
      priceLines { when visitsPerWeek pence rule card }
      calls { days earliest latest minutes carers skills kind }
      award { provider { ref name } startsOn endsOn decidedAt }
    }
  }
}"""
OWN_SHORT = """
query ($first: Int) {
  packages(first: $first) {
    totalCount
    nodes {
      reference zone { code } lot { code } person { firstName lastName postcode }
      priceLines { pence rule } calls { days minutes } award { provider { ref } startsOn }
    }
  }
}"""
ONE = """
query ($reference: String, $id: ID) {
  package(reference: $reference, id: $id) { reference person { lastName } }
}"""


def give(council: Council, package: CarePackage, ref: str = "P1") -> None:
    award(
        actor=council[Role.BROKER],
        package=package,
        provider=council.providers[ref],
        lot=package.lot,
        reason="nearest",
    )


def fill(council: Council, numbers: range) -> None:
    """Register many packages at once, each with two kinds of call, all open to P1."""
    register_persons(actor=council.system, terms=[person_terms(n) for n in numbers])
    pattern = "Mon-Sun 08:00-09:00 30m; Mon,Wed 12:00 45m x2"
    known = set(CarePackage.objects.values_list("pk", flat=True))
    register_packages(
        actor=council.system,
        terms=[
            package_terms(n, pattern=pattern, starts_on=TODAY + timedelta(days=n // 7))
            for n in numbers
        ],
        on=TODAY,
    )
    open_to(council, CarePackage.objects.exclude(pk__in=known), "P1")


def open_to(council: Council, packages, ref: str) -> None:
    """Write the releases of many packages at once, as the service writes them one by one."""
    now, until = timezone.now(), timezone.now() + timedelta(hours=24)
    own = {"authority": council.authority}
    packages = list(packages)
    Requirement.objects.bulk_create(Requirement(package=package, **own) for package in packages)
    releases = Release.objects.bulk_create(
        Release(
            package=package,
            route=Route.ALL,
            released_by=council[Role.BROKER],
            released_at=now,
            **own,
        )
        for package in packages
    )
    steps = ReleaseStep.objects.bulk_create(
        ReleaseStep(release=row, number=1, opens_at=now, closes_at=until, **own) for row in releases
    )
    Invitation.objects.bulk_create(
        Invitation(
            release=step.release,
            step=step,
            provider=council.providers[ref],
            sent_at=now,
            closes_at=until,
            **own,
        )
        for step in steps
    )


def show_places(council: Council) -> None:
    """Show where packages are, however few are open in a zone."""
    set_rule(actor=council[Role.COMMISSIONER], key="brokerage.small_number", value=1)


def test_br_02_an_open_package_shows_the_work_and_never_the_person(council, p1):
    package = council.package(
        1, pattern="Mon,Sat 08:00-09:00 30m; Mon-Sun 20:00 15m x2 peg", skills=("medication",)
    )
    open_to(council, [package], "P1")
    show_places(council)

    answer = p1.ask(OPEN)

    # two half hours, and seven quarter hours of two carers: 2 × 30 + 7 × 15 × 2
    assert answer.data["openPackages"]["nodes"] == [
        {
            "__typename": "OpenPackage",
            "id": str(CarePackage.objects.get().public_id),
            "reference": "HC-000001",
            "pathway": "O",
            "zone": {"code": "A", "name": "Zone A"},
            "lot": {"code": "O-A", "name": "Zone A"},
            "postcodeDistrict": "HR1",
            "startsOn": "2026-11-23",
            "weeklyMinutes": 270,
            "skills": ["medication"],
            "decisionsNeeded": ["two carers are needed together"],
            "calls": [
                {
                    "days": ["MON", "SAT"],
                    "earliest": "08:00",
                    "latest": "09:00",
                    "minutes": 30,
                    "carers": 1,
                    "skills": [],
                    "kind": "HOURLY",
                },
                {
                    "days": ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"],
                    "earliest": "20:00",
                    "latest": "20:00",
                    "minutes": 15,
                    "carers": 2,
                    "skills": ["peg"],
                    "kind": "HOURLY",
                },
            ],
        }
    ]
    for secret in ("Canary", "9000001", "E000001", "1940", "Female", "HR1 1AA", "52.05", "-2.71"):
        assert secret not in answer.text


@pytest.mark.parametrize(
    "field",
    [
        "person { firstName }",
        "firstName",
        "birthDate",
        "gender",
        "address",
        "postcode",
        "latitude",
        "longitude",
        "elementId",
        "mosaicPersonId",
        "personId",
        "packageRef",
        "award { decidedAt }",
        "weeklyPence",
        "areaReason",
        "companions",
    ],
)
def test_br_02_an_open_package_has_no_such_field(empty, field):
    answer = empty.ask(f"{{ openPackages {{ nodes {{ {field} }} }} }}")

    assert (answer.status, set(answer.codes)) == (400, {"BAD_USER_INPUT"})
    assert "data" not in answer.body


def test_br_02_the_council_may_show_the_sector(council, p1):
    council.released(1)
    show_places(council)
    places = "{ openPackages { nodes { postcodeDistrict postcodeSector } } }"
    assert p1.ask(places).data["openPackages"]["nodes"] == [
        {"postcodeDistrict": "HR1", "postcodeSector": None}
    ]

    set_rule(actor=council[Role.COMMISSIONER], key="care.open_location", value="sector")

    assert p1.ask(places).data["openPackages"]["nodes"] == [
        {"postcodeDistrict": "HR1", "postcodeSector": "HR1 1"}
    ]


def test_br_02_where_few_are_open_the_place_is_held_back(council, p1):
    council.released(1)

    (node,) = p1.ask(
        "{ openPackages { nodes { coarsened postcodeDistrict postcodeSector } } }"
    ).data["openPackages"]["nodes"]

    assert node == {"coarsened": True, "postcodeDistrict": None, "postcodeSector": None}


def test_whose_personal_data_an_answer_holds_is_logged_once_a_request(council, p1):
    packages = [council.package(number) for number in (1, 2)]
    for package in packages:
        give(council, package)

    p1.ask("{ packages { nodes { reference } } }")
    assert not PersonalRead.objects.exists()
    p1.ask("{ a: packages { nodes { person { lastName } } } b: packages { totalCount } }")

    row = PersonalRead.objects.get()
    assert row.reader == council.provider_users["P1"]
    assert row.subject_ids == sorted(package.person_id for package in packages)
    assert row.where == "graphql"


def test_br_02_after_award_only_the_winner_reads_who_it_is(council, p1, p2):
    release = council.released(1)
    give(council, release.package, "P1")
    Release.objects.update(state="awarded")

    won, lost = p1.ask(OWN), p2.ask(OWN)

    (node,) = won.data["packages"]["nodes"]
    assert node["person"] == {
        "mosaicPersonId": "9000001",
        "firstName": "Canaryfirst1",
        "lastName": "Canarylast1",
        "birthDate": "1940-01-02",
        "gender": "Female",
        "address": "1 Canary Street",
        "postcode": "HR1 1AA",
    }
    # seven half hours at £15.80: 7 × £7.90
    assert (node["weeklyMinutes"], node["weeklyPence"], node["status"]) == (210, 5530, "ACTIVE")
    assert [line["pence"] for line in node["priceLines"]] == [790]
    assert node["priceLines"][0]["visitsPerWeek"] == 7
    assert "30 min at £15.80/h (2017 card" in node["priceLines"][0]["rule"]
    assert node["award"]["provider"] == {"ref": "P1", "name": "Provider One"}
    assert (node["award"]["startsOn"], node["award"]["endsOn"]) == ("2026-11-23", None)
    assert lost.data["packages"] == {
        "totalCount": 0,
        "pageInfo": {"hasNextPage": False, "endCursor": None},
        "edges": [],
        "nodes": [],
    }
    for ask in (p1, p2):
        after = ask.ask(OPEN)
        assert after.data["openPackages"]["totalCount"] == 0
        assert "Canary" not in after.text


def test_ix_06_another_providers_package_is_no_different_from_none(council, p1, p2):
    package = council.package(1)
    give(council, package, "P1")

    assert p1.ask(ONE, reference="HC-000001").data["package"]["reference"] == "HC-000001"
    assert p1.ask(ONE, id=str(package.public_id)).data["package"]["reference"] == "HC-000001"
    tries = [
        p2.ask(ONE, reference="HC-000001"),
        p2.ask(ONE, id=str(package.public_id)),
        p2.ask(ONE, reference="no such"),
        p2.ask(ONE, id="0f8fad5b-d9cb-469f-a165-70867728950e"),
        p2.ask(ONE, id="1"),
        p2.ask(ONE, id="Q2FyZVBhY2thZ2U6MQ=="),
    ]
    # every request leaves less of the key's minute; nothing else differs
    said = [{**answer.body, "extensions": None} for answer in tries]
    assert said.count(said[0]) == len(said)
    assert (tries[0].body["data"], tries[0].codes) == ({"package": None}, ["NOT_FOUND"])


def test_ix_06_an_open_package_is_not_read_whole_by_its_reference(council, p1):
    council.released(1)

    answer = p1.ask(ONE, reference="HC-000001")

    assert (answer.body["data"], answer.codes) == ({"package": None}, ["NOT_FOUND"])


def test_one_package_is_asked_for_by_one_thing(empty):
    assert empty.ask(ONE).codes == ["BAD_USER_INPUT"]
    assert empty.ask(ONE, reference="a", id="b").codes == ["BAD_USER_INPUT"]


def test_packages_are_open_only_to_the_providers_asked(council, door):
    council.released(1, postcode="HR3 3CC")  # zone B: P2 alone

    counts = {
        ref: door(ref).ask(OPEN).data["openPackages"]["totalCount"] for ref in ("P1", "P2", "HF")
    }

    assert counts == {"P1": 0, "P2": 1, "HF": 0}


def test_a_council_never_shows_another_councils_work(council, other_council, p1):
    other_council.released(1)
    give(other_council, other_council.package(2), "P1")

    assert p1.ask(OPEN).data["openPackages"]["totalCount"] == 0
    assert p1.ask(OWN).data["packages"]["totalCount"] == 0
    assert p1.ask(ONE, reference="HC-000002").codes == ["NOT_FOUND"]


def test_open_packages_are_narrowed_by_lot_pathway_zone_and_skill(council, p1, p2):
    open_to(
        council,
        [
            council.package(1),
            council.package(3, element_type="Home care D", pathway="D"),
            council.package(4, pattern="Mon 08:00 30m medication"),
        ],
        "P1",
    )
    package = council.package(2, postcode="HR3 3CC", skills=("peg",))
    open_to(council, [package], "P2")

    def found(door, **filters):
        nodes = door.ask(OPEN, **filters).data["openPackages"]["nodes"]
        return sorted(node["reference"][-1] for node in nodes)

    assert found(p1) == ["1", "3", "4"]
    assert found(p1, pathway="D") == ["3"]
    assert found(p1, lot="O-A") == ["1", "4"]
    assert found(p2, zone="B") == ["2"]
    assert found(p2, skill="peg") == ["2"]
    assert found(p1, skill="medication") == ["4"]  # needed by one call of the week
    assert found(p1, skill='"] or 1=1') == []
    assert found(p1, lot="nowhere") == []


def test_own_packages_are_narrowed_by_status(council, p1):
    give(council, council.package(1))

    def count(**filters):
        return p1.ask(OWN, **filters).data["packages"]["totalCount"]

    assert [count(status=status) for status in ("ACTIVE", "ENDED")] == [1, 0]
    assert [count(zone="A"), count(zone="B"), count(lot="O-A"), count(pathway="D")] == [1, 0, 1, 0]


def test_pages_follow_each_other_without_a_gap_or_a_repeat(council, p1):
    fill(council, range(1, 18))
    seen, after = [], None

    for _ in range(4):
        page = p1.ask(OPEN, first=5, after=after).data["openPackages"]
        seen += [node["reference"] for node in page["nodes"]]
        assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]
        after = page["pageInfo"]["endCursor"]

    starts = dict(CarePackage.objects.values_list("package_ref", "starts_on"))
    assert len(seen) == len(set(seen)) == page["totalCount"] == 17
    assert [starts[ref] for ref in seen] == sorted(starts.values())
    assert page["pageInfo"]["hasNextPage"] is False


def test_a_total_is_counted_up_to_a_thousand(council, p1, monkeypatch):
    monkeypatch.setattr("homeward_api.connections.TOTAL_MOST", 3)
    fill(council, range(1, 5))

    page = p1.ask(OPEN).data["openPackages"]

    assert (page["totalCount"], page["totalCountIsCapped"]) == (3, True)


def test_a_cursor_is_bound_to_its_user_and_its_list(council, p1, p2):
    fill(council, range(1, 4))
    cursor = p1.ask(OPEN, first=1).data["openPackages"]["pageInfo"]["endCursor"]

    answers = [
        p2.ask(OPEN, after=cursor),
        p1.ask(OWN, after=cursor),
        p1.ask(OPEN, after=cursor[:-1] + ("A" if cursor[-1] != "A" else "B")),
        p1.ask(OPEN, after="YXJyYXljb25uZWN0aW9uOjA="),
        p1.ask(OPEN, after=""),
        p1.ask(OPEN, after="x" * 50_000),
        p1.ask(OPEN, after="é:ü"),
    ]

    assert [answer.codes for answer in answers] == [["BAD_USER_INPUT"]] * len(answers)


@pytest.mark.parametrize("first", [0, -1, 101, 2**31 - 1])
def test_a_page_is_one_to_a_hundred_rows(empty, first):
    answer = empty.ask("query ($n: Int) { openPackages(first: $n) { totalCount } }", n=first)

    assert answer.codes == ["BAD_USER_INPUT"]
    assert "1 to 100" in answer.text


def queries_of(door, query, **variables):
    with CaptureQueriesContext(connection) as caught:
        answer = door.ask(query, **variables)
    assert "errors" not in answer.body, answer.text
    return answer, len(caught)


def test_open_packages_take_as_many_queries_for_50_rows_as_for_1(council, p1):
    open_to(council, [council.package(100)], "P1")
    p1.ask(OPEN, first=1)  # the key's first use is stamped

    one, few = queries_of(p1, OPEN, first=50)
    fill(council, range(1, 50))
    fifty, many = queries_of(p1, OPEN, first=50)

    assert [len(page.data["openPackages"]["nodes"]) for page in (one, fifty)] == [1, 50]
    # the key, its providers, its minute, the invitations, the council's rules, how many are open
    # in each zone, questions of offers, asked ones, own offers, calls, their number
    assert (few, many) == (11, 11)


def test_own_packages_take_as_many_queries_for_50_rows_as_for_1(council, p1):
    give(council, council.package(100))
    p1.ask(OWN, first=1)

    one, few = queries_of(p1, OWN_SHORT, first=50)
    fill(council, range(1, 50))
    for package in CarePackage.objects.filter(status="referred"):
        give(council, package)
    fifty, many = queries_of(p1, OWN_SHORT, first=50)

    assert [len(page.data["packages"]["nodes"]) for page in (one, fifty)] == [1, 50]
    # the key, its providers, its minute, the packages, their people, calls, awards, their number,
    # the note of whose personal data was read
    assert (few, many) == (9, 9)


def test_a_package_that_ended_its_award_leaves_the_provider(council, p1):
    package = council.package(1)
    give(council, package)
    package.awards.update(current=False, ends_on=date(2027, 1, 1))

    assert p1.ask(OWN).data["packages"]["totalCount"] == 0


def test_only_the_clauses_in_force_are_calls(council, p1):
    package = council.released(1).package
    terms = package_terms(1, pattern="Mon 10:00 60m")
    register_packages(actor=council.system, terms=[terms], on=TODAY)

    (node,) = p1.ask(OPEN).data["openPackages"]["nodes"]

    assert [call["earliest"] for call in node["calls"]] == ["10:00"]
    assert parse_pattern("Mon 10:00 60m")[0].weekly_minutes == node["weeklyMinutes"] == 60
    assert package.public_id.hex in node["id"].replace("-", "")
