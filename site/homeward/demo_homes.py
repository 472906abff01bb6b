"""The sample's care homes, documents, CQC lines and letters: what stands around its brokerage."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from cms_models.brokerage.models import Route
from cms_models.brokerage.services import releases, talk
from cms_models.care.models import CarePackage, PackageStatus, Setting
from cms_models.care.services.registration import register_packages, register_persons
from cms_models.care.terms import PackageTerms, PersonTerms
from cms_models.market.cqc import LocationTerms, register_locations
from cms_models.market.homes import set_home, set_vacancy
from cms_models.market.models import DocumentKind, HomeKind, Provider
from cms_models.market.registration import add_document
from homeward.demo_scene import PAPER, Scene, asked, offer, require

# Home, which provider (by its place in the list), beds, free, pounds a week by kind.
HOMES = (
    (
        "Sallow Court (fictional)",
        0,
        42,
        ((HomeKind.NURSING, 2, 945), (HomeKind.RESIDENTIAL, 1, 720)),
    ),
    ("Greenfinch House (fictional)", 1, 28, ((HomeKind.RESIDENTIAL, 3, 695),)),
    ("Weir Lodge (fictional)", 2, 36, ((HomeKind.NURSING, 1, 980),)),
)
PERSON = PersonTerms(
    mosaic_person_id="9990001",
    first_name="Edna",
    last_name="Sampleton",
    birth_date=date(1938, 5, 17),
    gender="Female",
    address="1 Fictional Row",
    postcode="",
)


def place_in_a_home(scene: Scene) -> None:
    """Homes with vacancies, and a nursing placement that is offered to those with a bed."""
    authority = scene.system.authority
    rows = Provider.objects.filter(authority=authority, in_house=False, state="active")
    others = list(rows.exclude(pk=scene.provider.pk).order_by("ref")[:2])
    owners = [scene.provider, *others]
    if len(owners) < len(HOMES):
        return
    for name, owner, beds, kinds in HOMES:
        home = set_home(
            actor=scene.broker,
            provider=owners[owner],
            name=name,
            postcode=owners[owner].postcode,
            kinds=[str(kind) for kind, _, _ in kinds],
            beds=beds,
        )
        for kind, free, pounds in kinds:
            set_vacancy(
                actor=scene.broker,
                home=home,
                kind=str(kind),
                free=free,
                weekly_pence=pounds * 100,
                as_at=scene.today,
                today=scene.today,
            )
    package = _nursing_package(scene)
    require(scene, package)
    row = releases.release(
        actor=scene.broker, package=package, route=str(Route.HOMES), now=scene.ago(2)
    )
    for invitation in asked(row)[1:]:
        offer(scene, invitation, actor=scene.broker, at=scene.ago(1))


def _nursing_package(scene: Scene) -> CarePackage:
    person = replace(PERSON, postcode=scene.provider.postcode)
    terms = PackageTerms(
        person_id=person.mosaic_person_id,
        package_ref="HC-N00001",
        element_id="E9990001",
        element_type="Nursing",
        setting=str(Setting.NURSING),
        service_type="Nursing placement",
        pathway="O",
        organisation_ref="",
        starts_on=scene.today + timedelta(days=5),
        ends_on=None,
        funder="Shared",
        funder_share_percent=Decimal(70),
        contribution=False,
        zone_hint="",
        postcode=person.postcode,
        pattern=(),
        skills=(),
        housing_with_care=False,
        status=str(PackageStatus.REFERRED),
        reason_ended="",
        last_changed=scene.today,
    )
    register_persons(actor=scene.system, terms=[person])
    register_packages(actor=scene.system, terms=[terms], on=scene.today)
    return CarePackage.objects.get(authority=scene.system.authority, element_id=terms.element_id)


def papers_and_register(scene: Scene) -> None:
    """Documents of the provider, one about to end, and the CQC's lines of every provider."""
    for kind, days in ((DocumentKind.INSURANCE, 20), (DocumentKind.DSPT, 200)):
        add_document(
            actor=scene.provider_user,
            provider=scene.provider,
            kind=str(kind),
            name=f"{kind}.pdf",
            content=PAPER,
            expires_on=scene.today + timedelta(days=days),
        )
    rows = Provider.objects.filter(authority=scene.system.authority).exclude(cqc_location_id="")
    lines = [
        LocationTerms(
            location_id=row.cqc_location_id,
            name=row.name,
            provider_id=row.cqc_provider_id,
            provider_name=row.name,
            postcode=row.postcode,
            services=("Homecare agencies",),
            rating=row.cqc_rating,
            registered=True,
        )
        for row in rows.order_by("ref")
    ]
    register_locations(actor=scene.system, terms=lines, read_on=scene.today)


def write_letters(scene: Scene) -> None:
    """A message each way about nothing in particular."""
    talk.send_message(
        actor=scene.broker,
        provider=scene.provider,
        package=None,
        text="Please tell us by Friday what room you have over the holidays.",
        now=scene.ago(28),
    )
    talk.send_message(
        actor=scene.provider_user,
        provider=scene.provider,
        package=None,
        text="Forty hours a week until the New Year, mornings mostly.",
        now=scene.ago(3),
    )
