"""A council with one record of every kind, each carrying a canary, to walk the admin with."""

from datetime import date
from decimal import Decimal

from django.apps import apps
from django.utils import timezone

from cms_models.accounts.models import ApiKey, Authority, CouncilRole, User
from cms_models.accounts.roles import EVERYTHING, STAFF_ROLES, Role
from cms_models.accounts.services import issue_key
from cms_models.audit.models import AuditEntry
from cms_models.audit.services import record_reads, save_record
from cms_models.brokerage.file_selectors import document_of
from cms_models.brokerage.models import AllocationFile
from cms_models.care.models import AllocationProposal, AllocationRun, Award, ProposalState
from cms_models.fields.own import services as own
from cms_models.fields.own.models import CustomField, Entry, RecordType, SavedView
from cms_models.fields.services import set_rule
from cms_models.jobs.exports import keep_export
from cms_models.jobs.models import ImportRun, Job
from cms_models.market.homes import set_home, set_vacancy
from cms_models.market.models import (
    CqcLocation,
    DeclaredCapacity,
    Provider,
    ProviderApplication,
    ProviderDocument,
)
from cms_models.notices.models import TrustedDocument
from cms_models.notices.services import send_test, set_webhook
from cms_models.places.models import ReferenceArea, RoadMap, UrbanCentre
from cms_models.planning.options import option_in_force
from cms_models.planning.services import save_report, save_scenario
from cms_models.quality.services import draft_framework
from cms_models.rates.calendar import Holiday
from cms_models.rates.domain import Line
from cms_models.rates.services import draft_card, set_bank_holidays, set_budget
from cms_models.rounds.models import Carer, CarerPreference, PlanRun, Visit
from cms_models.rounds.services.planning import pin
from cms_models.rounds.services.visits import make_visits
from cms_models.rounds.services.workforce import mark_absent
from cms_models.rulebook.services import draw_up
from cms_models.tenders import services as tenders
from cms_models.tenders.models import Tender
from tests.council import TODAY, Council, add_carers, square
from tests.theme.furnishing_board import furnish_board
from tests.theme.furnishing_life import furnish_life

# Rounds, stops and left-out visits are shown on the page of their plan, roads' graph on its map.
WITHOUT_SCREENS = {
    "tenders.criterion",  # these four are shown on the page of their tender
    "tenders.bid",
    "tenders.score",
    "tenders.moderatedscore",
    "rounds.round",
    "rounds.stop",
    "rounds.unplacedvisit",
    "care.visitpattern",
    "quality.qualitycriterion",  # these two are shown on the page of their framework
    "quality.kpidefinition",
    "brokerage.requirement",  # these three are shown on the brokerage page of their package
    "brokerage.offerquestion",
    "brokerage.releasestep",
}


def furnish(council: Council) -> Council:
    """Give the council a record of every kind."""
    Provider.objects.filter(authority=council.authority).update(cqc_rating="Canary good")
    delivered = council.package(1, organisation_ref="P1", status="active")
    open_package = council.package(2)
    add_carers(council, 1)
    make_visits(actor=council.system, first=TODAY, days=1)
    _by_choice(council)
    draft_card(
        actor=council.system,
        name="Canary card",
        valid_from=date(2030, 4, 1),
        lines=[Line(None, None, "hourly", 1700)],
    )
    set_bank_holidays(actor=council.system, holidays=[Holiday(date(2026, 12, 25), "Canary day")])
    set_budget(
        actor=council.system,
        name="Canary budget",
        starts_on=date(2026, 4, 1),
        ends_on=date(2027, 4, 1),
        pathways=["O"],
        amount_pence=1_000_000,
    )
    standard = {"domain": "Canary", "code": "1", "statement": "I am safe.", "weight": 60}
    draft_framework(
        actor=council.system,
        title="Canary framework",
        edition=1,
        introduction="",
        standards=[standard],
    )
    set_rule(actor=council.system, key="care.notice_days", value=14)
    UrbanCentre.objects.filter(authority=council.authority).update(name="Canary town")
    draw_up(actor=council.system, on=TODAY)
    CouncilRole.objects.create(
        authority=council.authority, code="canary", name="Canary role", view=["rates.ratecard"]
    )
    _tender(council)
    _work(council, open_package)
    _own_records(council)
    _planning(council)
    _stated(council)
    _homes(council)
    _sealed(council)
    furnish_life(council, delivered)
    furnish_board(council)
    return council


def _planning(council: Council) -> None:
    commissioner = council[Role.COMMISSIONER]
    option = option_in_force(commissioner, TODAY)
    save_scenario(actor=commissioner, option=option, name="Canary scenario")
    row = {"name": "Canary", "weekly_hours": "10", "annual_hours": "520", "annual_pounds": "8216"}
    save_report(actor=commissioner, name="Canary table", mix=[(100, 1580)], rows=[row])


def _sealed(council: Council) -> None:
    """Keep a file of the award in place: what is stored of it is for the walk, not for a check."""
    won = Award.objects.filter(authority=council.authority).earliest("pk")
    AllocationFile.objects.create(
        authority=council.authority,
        award=won,
        document=document_of(won, release=None),
        sha256="0" * 64,
        sealed_at=timezone.now(),
        audit_sequence=1,
        audit_hash="0" * 64,
    )


def _homes(council: Council) -> None:
    home = set_home(
        actor=council.system,
        provider=council.providers["P1"],
        name="Canary Court",
        postcode="HR1 1AA",
        kinds=["nursing"],
    )
    set_vacancy(
        actor=council.system,
        home=home,
        kind="nursing",
        free=1,
        weekly_pence=90_000,
        as_at=TODAY,
        today=TODAY,
    )


def _stated(council: Council) -> None:
    """What providers state of themselves, what they were told, and who read whose data."""
    own = {"authority": council.authority, "provider": council.providers["P1"]}
    acting, now = council.provider_users["P1"], timezone.now()
    CqcLocation.objects.create(
        authority=council.authority, location_id="1-1", name="Canary home care", read_on=TODAY
    )
    ProviderApplication.objects.create(
        authority=council.authority,
        email="canary@provider.example",
        digest=council.authority.code,
        link_ends_at=now,
    )
    ProviderDocument.objects.create(
        **own, kind="other", name="canary.pdf", content=b"Canary", size_bytes=6, sent_by=acting
    )
    DeclaredCapacity.objects.create(
        **own,
        lot=council.lots["O-A"],
        minutes_per_week=600,
        from_day=TODAY,
        declared_by=acting,
        words="Canary words",
    )
    hook = set_webhook(
        actor=acting, provider=own["provider"], url="https://canary.example/homeward"
    )
    send_test(actor=acting, webhook=hook)
    TrustedDocument.objects.create(**own, sha256="0" * 64, text="query Canary { about }")
    record_reads(reader=council[Role.BROKER], people=[1], where="/canary/", now=now)


def _by_choice(council: Council) -> None:
    carer, visit = Carer.objects.get(), Visit.objects.first()
    coordinator = council[Role.COORDINATOR]
    mark_absent(actor=coordinator, carer=carer, on=TODAY, reason="Canary flu")
    pin(actor=coordinator, visit=visit, carers=[carer], reason="Canary pin")
    CarerPreference.objects.create(
        authority=council.authority,
        person=visit.package.person,
        carer=carer,
        kind="refused",
        reason="Canary reason",
    )


def _work(council: Council, open_package) -> None:
    authority, broker = council.authority, council[Role.BROKER]
    job = Job.objects.create(
        authority=authority, kind="allocate", started_by=broker, progress_note="Canary note"
    )
    run = AllocationRun.objects.create(authority=authority, on=TODAY, job=job, engine="Canary")
    AllocationProposal.objects.create(
        authority=authority,
        run=run,
        package=open_package,
        provider=council.providers["P1"],
        lot=council.lots["O-A"],
        tier=1,
        state=ProposalState.PROPOSED,
        factors=["Canary factor"],
    )
    PlanRun.objects.create(
        authority=authority,
        on=TODAY,
        seconds=1,
        engine="Canary",
        travel="Canary bands",
        problem=b"",
        plan=b"",
        totals={"planned": 1, "placed": 1, "unplaced": 0, "contact_percent": 50.0},
    )
    ImportRun.objects.create(
        authority=authority,
        kind="persons",
        filename="canary.csv",
        content=b"Canary",
        sha256="0" * 64,
        size_bytes=6,
        uploaded_by=broker,
    )
    keep_export(actor=broker, kind="awards", filename="canary.csv", content=b"Canary", rows=1)
    ReferenceArea.objects.create(
        authority=authority,
        kind="ward",
        code="E05000001",
        name="Canary ward",
        boundary=square(-2.9, 51.9, -2.6, 52.2),
    )
    RoadMap.objects.create(
        authority=authority,
        name="Canary roads",
        source_filename="canary.pbf",
        sha256="0" * 64,
        graph=b"",
        nodes=1,
        edges=1,
    )
    issue_key(user=council.provider_users["P1"], name="Canary key", now=timezone.now())


def _tender(council: Council) -> None:
    """A decided tender with one bid, its letters of the first of the year."""
    actor = council[Role.COMMISSIONER]
    tender = Tender(
        authority=council.authority,
        framework=council.lots["O-A"].framework,
        lot=council.lots["O-A"],
        name="Canary tender",
        ceiling_pence=1580,
    )
    save_record(actor=actor, record_=tender, expected_version=None)
    one = tenders.set_criterion(
        actor=actor, tender=tender, code="1", title="Canary quality", weight=Decimal(100)
    )
    tenders.open_tender(actor=actor, tender=tender)
    bid = tenders.set_bid(
        actor=actor, tender=tender, bidder="Canary bidder", provider=None, price_pence=1580
    )
    tenders.begin_scoring(actor=actor, tender=tender, on=TODAY)
    given = [tenders.GivenScore(bid.pk, one.pk, Decimal(80))]
    tenders.give_scores(actor=actor, tender=tender, given=given)
    tenders.close_scoring(actor=actor, tender=tender)
    tenders.agree_scores(actor=actor, tender=tender, given=given)
    tenders.decide(actor=actor, tender=tender, letters_on=date(2026, 1, 1), reason="Canary best")


def _own_records(council: Council) -> None:
    administrator = council[Role.ADMINISTRATOR]
    roles = [role.value for role in STAFF_ROLES]
    writers = [role for role in roles if role not in (Role.AUDITOR, Role.FINANCE)]
    kind = RecordType(
        authority=council.authority,
        name="Canary log",
        plural="Canary logs",
        see=roles,
        change=writers,
    )
    own.save_record_type(actor=administrator, record_type=kind, expected_version=None)
    for record_type, holds in (("market.provider", "file"), ("entry.canary-log", "text")):
        own.save_field(
            actor=administrator,
            field=CustomField(
                authority=council.authority,
                record_type=record_type,
                label="Canary paper",
                kind=holds,
            ),
            expected_version=None,
        )
    entry = Entry(authority=council.authority, record_type=kind, title="Canary entry")
    entry.custom = {"canary_paper": "Canary"}
    own.save_entry(actor=council.system, entry=entry, expected_version=None)
    view = SavedView(record_type="market.provider", name="Canary view", query="q=Canary")
    own.save_view(actor=council[Role.BROKER], view=view)


def screened_models() -> list[type]:
    """Return every kind of record that has screens of its own."""
    return [apps.get_model(label) for label in sorted(EVERYTHING - WITHOUT_SCREENS)]


def one_of(model: type, council: Council):
    """Return a record of the council, a draft where there are both."""
    rows = rows_of(model, council)
    if any(field.name == "state" for field in model._meta.fields):
        return rows.filter(state="draft").first() or rows.first()
    return rows.order_by("-pk").first()


def rows_of(model: type, council: Council):
    """Return all the council's rows of a kind."""
    if model is Authority:
        return model.objects.filter(pk=council.authority.pk)
    if model is ApiKey:
        return model.objects.filter(user__authority=council.authority)
    if model is User:
        return model.objects.filter(authority=council.authority)
    return model.objects.filter(authority=council.authority)


def picture_of(council: Council) -> dict[str, list]:
    """Return everything stored of a council, to prove that nothing was written."""
    models = [*screened_models(), AuditEntry, Award]
    found = {
        model._meta.label: list(rows_of(model, council).order_by("pk").values()) for model in models
    }
    for row in found["accounts.User"]:
        row.pop("last_login")
    return found
