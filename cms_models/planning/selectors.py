"""Reckoning an option: the packages a user may see, on its day, by its map, lots, rates, rules."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from cms_models.accounts.models import User
from cms_models.care.models import PackageStatus
from cms_models.fields.domain import rule_named
from cms_models.market.domain import LotTerms
from cms_models.market.selectors import lots_in_force
from cms_models.places.domain import ZoneIndex
from cms_models.places.selectors import centres
from cms_models.planning.domain import hours_factor
from cms_models.planning.facts import Packages, Terms, facts_of
from cms_models.planning.models import Scenario
from cms_models.planning.options import RULES_USED, Option, option_in_force, with_drafts
from cms_models.planning.packages import packages_on
from cms_models.planning.sheet import Sheet
from cms_models.planning.tabling import BudgetTerms, sheet_from
from cms_models.rates.domain import Card
from cms_models.rates.models import Budget, Pathway
from cms_models.rates.selectors import card_of


def sheet_of(option: Option, *, user: User, pathways: Sequence[str] = ()) -> Sheet:
    """Reckon an option for the packages a user may see; `pathways` narrows to some of them."""
    return sheets_of([option], user=user, pathways=pathways)[0]


def sheets_of(
    options: Sequence[Option], *, user: User, pathways: Sequence[str] = ()
) -> list[Sheet]:
    """Reckon several options, reading the packages once for each day among them."""
    days = sorted({option.on for option in options})
    read: dict[date, Packages] = {on: packages_on(user, on=on).of_pathways(pathways) for on in days}
    return [
        sheet_from(
            facts_of(read[option.on], terms_of(option)),
            name=option.name,
            budgets=_budgets(user, on=option.on, pathways=pathways),
        )
        for option in options
    ]


def _budgets(user: User, *, on: date, pathways: Sequence[str]) -> list[BudgetTerms]:
    """Return the budgets of a day; of a narrowed sheet, those whose pathways are all in it."""
    rows = Budget.objects.visible_to(user).filter(starts_on__lte=on, ends_on__gt=on)
    return [
        BudgetTerms(row.name, tuple(row.pathways), row.amount_pence)
        for row in rows.order_by("name")
        if not pathways or set(row.pathways) <= set(pathways)
    ]


def terms_of(option: Option) -> Terms:
    """Return an option as the pure rules want it."""
    rules = option.rules
    zones = list(option.zone_map.zones.all()) if option.zone_map else []
    factors = {key: hours_factor(percent) for key, percent in option.hours_percent.items()}
    return Terms(
        on=option.on,
        zones=ZoneIndex.from_geojson({zone.code: zone.boundary for zone in zones}),
        zone_names={zone.code: zone.name for zone in zones},
        lots=tuple(lots_of(option)),
        card=_card(option),
        rounding=rules["rates.rounding"],
        weeks=int(rules["rates.planning_weeks"]),
        centres=tuple(centres(option.authority)),
        radius_miles=float(rules["places.urban_radius_miles"]),
        factors=factors,
        floor_hours=Decimal(str(rules["market.viability_floor_hours"])),
        tolerance_points=Decimal(str(rules["market.balance_tolerance_points"])),
        pathway_names=dict(Pathway.choices),
        status_names={code: str(label) for code, label in PackageStatus.choices},
        zone_map_name=str(option.zone_map or ""),
        about=tuple(_about(option)),
    )


def lots_of(option: Option) -> list[LotTerms]:
    """Return the lots an option is reckoned by, the newest framework's first.

    A lot structure tried stands in for every framework in force that shares a pathway with it;
    what it does not deal with stays as it is.
    """
    in_force = lots_in_force(option.authority, on=option.on)
    if option.framework is None:
        return [lot.terms for lot in in_force]
    tried = list(option.framework.lots.select_related("framework").order_by("code"))
    pathways = {pathway for lot in tried for pathway in lot.pathways}
    replaced = {lot.framework_id for lot in in_force if pathways & set(lot.pathways)}
    kept = [lot for lot in in_force if lot.framework_id not in replaced]
    return [lot.terms for lot in (*tried, *kept)]


def _card(option: Option) -> Card | None:
    """Return the card tried as if it were in force on the day, whenever it is to begin."""
    if option.card is None:
        return None
    card = card_of(option.card)
    return replace(card, valid_from=option.on, valid_to=None, corrects=None)


def _about(option: Option) -> Iterable[tuple[str, str]]:
    """Yield how a sheet is reckoned, as (label, value) in words."""
    yield "Option", option.name
    yield "Day", f"{option.on:%d/%m/%Y}"
    for label, record in (("Zone map", option.zone_map), ("Rate card", option.card)):
        yield label, _version_words(record)
    yield "Lot structure", _version_words(option.framework) if option.framework else "in force"
    for key in RULES_USED:
        rule = rule_named(key)
        yield rule.title, rule.say(option.rules[key])
    for pathway, percent in sorted(option.hours_percent.items()):
        yield f"Change in hours, pathway {pathway}", f"{percent:+g} %"
    yield "Tried", "; ".join(option.tried) or "nothing: what is in force"


def _version_words(record: object) -> str:
    if record is None:
        return "none"
    return f"{record} ({record.get_state_display().lower()}, version {record.version})"  # type: ignore[attr-defined]


def option_of(scenario: Scenario, *, user: User) -> Option:
    """Return a kept scenario as an option, on its day."""
    return with_drafts(
        option_in_force(user, scenario.on, name=scenario.name),
        zone_map=scenario.zone_map,
        card=scenario.card,
        framework=scenario.framework,
        rules=scenario.rules,
        hours_percent=scenario.hours_percent,
    )
