"""What the sample's commissioner has on the workbench: options, cards, own fields, scenarios."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from cms_models.accounts.models import Authority, User
from cms_models.accounts.roles import Role
from cms_models.accounts.services import system_actor
from cms_models.audit.services import save_record
from cms_models.care.models import CarePackage
from cms_models.fields.own import services as own
from cms_models.fields.own.domain import FieldKind
from cms_models.fields.own.models import CustomField, RecordType
from cms_models.market.models import Provider, Skill
from cms_models.places import services as places
from cms_models.places.drawing import DrawnZone, merge, split
from cms_models.places.models import ZoneMap
from cms_models.places.selectors import drawing_of, zone_map_in_force
from cms_models.planning.models import Scenario
from cms_models.planning.options import option_in_force, with_drafts
from cms_models.planning.services import save_scenario
from cms_models.publication.services import comment, submit
from cms_models.rates import services as rates
from cms_models.rates.models import RateCard
from cms_models.rates.selectors import card_of
from cms_models.rates.uplift import Uplift
from cms_models.rulebook.services import draw_up

HOURLY_PENCE = 1610
CARD, UPLIFTED = "2018 card", "3.2 % on the 2017 card"
TRIMMED, BOTH = "5 % fewer hours of O", "Option A at £16.10"


@dataclass(frozen=True)
class Cut:
    """Ground that one zone gives to E: what lies behind a line of (longitude, latitude)."""

    code: str
    line: tuple[tuple[float, float], ...]


# Pembridge and the lower Arrow, the west of B; Peterchurch and the Golden Valley, the west of D.
ARROW = Cut(
    "B",
    (
        *((-3.05, 52.29), (-2.93, 52.275), (-2.88, 52.262)),
        *((-2.845, 52.235), (-2.83, 52.2), (-2.835, 52.14)),
    ),
)
GOLDEN = Cut(
    "D",
    (
        *((-2.925, 52.1), (-2.92, 52.06), (-2.935, 52.02)),
        *((-2.985, 51.99), (-3.05, 51.98), (-3.15, 51.985)),
    ),
)
OPTIONS = (
    ("A", "Pembridge and the lower Arrow go to E, which has the fewest hours.", (ARROW,)),
    ("B", "As option A, and the Golden Valley goes to E too.", (ARROW, GOLDEN)),
)

DSPT = (
    ("standards-exceeded", "Standards exceeded"),
    ("standards-met", "Standards met"),
    ("approaching", "Approaching standards"),
    ("not-published", "Not published"),
)
# Which status the sample's providers have, in the order of their references, over and over.
DSPT_DEALT = (1, 1, 0, 1, 2, 1, 3)
TRAINING = "training-offer"
# Course, weeks from the day of the sample, place, skill, places left, fee in pence.
OFFERS = (
    ("Hoisting by two: refresher", 3, "Hereford", "hoist", 8, 0),
    ("Medication: who may give what", 4, "Leominster", "medication", 12, 0),
    ("Living with dementia", 6, "Ross-on-Wye", "dementia", 15, 2500),
    ("Last weeks of life at home", 9, "Ledbury", "end_of_life", 6, 4000),
)
LEAST_PENCE, STEP_PENCE, STEPS = 1850, 135, 90


def furnish_workbench(authority: Authority, *, today: date) -> None:
    """Put what a commissioner would be working on in its place; a second time changes nothing."""
    people = User.objects.filter(authority=authority, is_active=True)
    roles = (Role.COMMISSIONER, Role.CONTRACT_MANAGER, Role.BROKER)
    commissioner, manager, broker = (people.filter(role=role).first() for role in roles)
    if commissioner is None or manager is None or broker is None:
        return
    begins = date(today.year + 1, 4, 1)
    with transaction.atomic():
        rates.fill_bank_holidays(actor=commissioner)
        assess_contributions(broker)
        draw_options(commissioner, today=today, begins=begins)
        draft_cards(commissioner, manager, begins=begins)
        ask_for_dspt(commissioner, manager)
        offer_training(commissioner, manager, today=today)
        keep_scenarios(commissioner, on=begins - timedelta(days=1))
        draw_up(actor=system_actor(authority=authority), on=today)


def draw_options(actor: User, *, today: date, begins: date) -> None:
    """Draft the options beside the zone map in force."""
    in_force = zone_map_in_force(actor.authority, on=today)
    name = f"Zones {begins.year}"
    drawn = ZoneMap.objects.filter(authority=actor.authority, name=name)
    if in_force is None or drawn.exists():
        return
    for option, note, cuts in OPTIONS:
        draft = places.copy_zone_map(
            actor=actor, zone_map=in_force, name=name, valid_from=begins, option=option
        )
        draft.note = note
        save_record(actor=actor, record_=draft, expected_version=draft.version)
        zones = drawing_of(draft)
        for cut in cuts:
            zones = _given_to_e(zones, cut)
        places.save_drawing(
            actor=actor, zone_map=draft, zones=zones, expected_version=draft.version
        )


def _given_to_e(zones: Sequence[DrawnZone], cut: Cut) -> list[DrawnZone]:
    """Return the zones after a cut, the smaller part joined to E."""
    parted = split(zones, code=cut.code, line=cut.line, new_code="cut", new_name="cut")
    name = next(zone.name for zone in zones if zone.code == "E")
    return merge(parted, codes=("E", "cut"), code="E", name=name)


def draft_cards(actor: User, colleague: User, *, begins: date) -> None:
    """Draft the card that waits for approval and a bulk uplift that is still thought about."""
    cards = RateCard.objects.filter(authority=actor.authority)
    now = cards.filter(state="published", corrects=None).order_by("-valid_from").first()
    if now is None or cards.filter(name__in=(CARD, UPLIFTED)).exists():
        return
    lines = [
        replace(line, pence_per_hour=HOURLY_PENCE) if line.visit_kind == "hourly" else line
        for line in card_of(now).lines
    ]
    card = rates.draft_card(
        actor=actor, name=CARD, valid_from=begins, lines=lines, reason=f"copied from {now}"
    )
    submit(actor=actor, version=card, text="£16.10 an hour, as in the budget for next year.")
    comment(actor=colleague, version=card, text="Providers were told of it at their forum.")
    rates.uplift_card(
        actor=actor,
        card=now,
        name=UPLIFTED,
        valid_from=begins,
        by=Uplift(percent=Decimal("3.2"), step=5),
    )


def ask_for_dspt(designer: User, manager: User) -> None:
    """Add the data-security status to providers, and say it of each."""
    label = Provider._meta.label_lower
    fields = CustomField.objects.filter(authority=designer.authority, record_type=label)
    if fields.filter(key="dspt_status").exists():
        return
    _add_field(
        designer,
        label,
        "DSPT status",
        FieldKind.CHOICE,
        help="Data Security and Protection Toolkit, as published by NHS England.",
        group="Assurance",
        choices=[{"code": code, "label": words} for code, words in DSPT],
    )
    providers = Provider.objects.filter(authority=manager.authority, in_house=False)
    for number, provider in enumerate(providers.order_by("ref")):
        code, _ = DSPT[DSPT_DEALT[number % len(DSPT_DEALT)]]
        own.put_own_values(
            actor=manager,
            record=provider,
            values={"dspt_status": code},
            reason="as published in the toolkit",
        )


def offer_training(designer: User, manager: User, *, today: date) -> None:
    """Make a kind of record of the council's own, given to providers, with its first entries."""
    made = RecordType.objects.filter(authority=designer.authority, slug=TRAINING)
    if made.exists():
        return
    record_type = own.save_record_type(
        actor=designer,
        record_type=RecordType(
            authority=designer.authority,
            slug=TRAINING,
            name="Training offer",
            plural="Training offers",
            description="Courses that the council holds for the carers of every provider.",
            icon="calendar-alt",
            title_label="Course",
            see=[Role.BROKER, Role.COORDINATOR, Role.AUDITOR],
            change=[Role.COMMISSIONER, Role.CONTRACT_MANAGER],
            to_providers=True,
        ),
        expected_version=None,
    )
    label = record_type.label
    _add_field(designer, label, "Held on", FieldKind.DATE, required=True)
    _add_field(designer, label, "Place", FieldKind.TEXT, help="Town and house.")
    skill = Skill._meta.label_lower  # providers see no list of skills, so the link is for the staff
    _add_field(designer, label, "Skill", FieldKind.LINK, link_to=skill, to_providers=False)
    _add_field(designer, label, "Places left", FieldKind.NUMBER, unit="places", least=0)
    _add_field(designer, label, "Fee", FieldKind.MONEY, help="Of one carer; nothing for free.")
    skills = dict(Skill.objects.filter(authority=designer.authority).values_list("code", "pk"))
    rows = [_offer(row, today=today, skills=skills) for row in OFFERS]
    own.register_entries(actor=manager, record_type=record_type, rows=rows)


def _offer(
    row: tuple[str, int, str, str, int, int], *, today: date, skills: Mapping[str, int]
) -> tuple[str, Mapping[str, Any]]:
    course, weeks, place, skill, left, fee = row
    held_on = today + timedelta(weeks=weeks, days=-today.weekday())
    values = {"held_on": held_on.isoformat(), "place": place, "places_left": left, "fee": fee}
    return course, values | ({"skill": skills[skill]} if skill in skills else {})


def _add_field(actor: User, record_type: str, label: str, kind: FieldKind, **rest: Any) -> None:
    field = CustomField(
        authority=actor.authority,
        record_type=record_type,
        label=label,
        kind=kind,
        **{"to_providers": True, **rest},
    )
    own.save_field(actor=actor, field=field, expected_version=None)


def keep_scenarios(actor: User, *, on: date) -> None:
    """Keep two options to try: fewer hours, and the first zone option at the rate that waits.

    By that day the care of people without a provider is to have begun too.
    """
    if Scenario.objects.filter(authority=actor.authority).exists():
        return
    now = option_in_force(actor, on)
    trimmed = with_drafts(now, hours_percent={"O": Decimal(-5)})
    save_scenario(
        actor=actor, option=trimmed, name=TRIMMED, note="What each twentieth of O comes to."
    )
    drafts = ZoneMap.objects.filter(authority=actor.authority, state="draft", option="A")
    both = with_drafts(
        now,
        zone_map=drafts.first(),
        card=RateCard.objects.filter(authority=actor.authority, name=CARD).first(),
    )
    save_scenario(actor=actor, option=both, name=BOTH, note="For the members' meeting.")


def assess_contributions(actor: User) -> None:
    """Give every other contributing package the most its person was assessed to pay a week."""
    actor.must("change", CarePackage)
    contributing = CarePackage.objects.filter(authority=actor.authority, contribution=True)
    if contributing.exclude(contribution_most_pence=None).exists():
        return
    for number, package in enumerate(contributing.order_by("package_ref")):
        if number % 2:
            continue
        # 37 and 90 have no common factor, so that the steps are dealt evenly.
        package.contribution_most_pence = LEAST_PENCE + STEP_PENCE * (37 * number // 2 % STEPS)
        save_record(
            actor=actor,
            record_=package,
            expected_version=package.version,
            reason="financial assessment",
        )
