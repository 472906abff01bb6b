"""Options: what is in force on a day, with drafts put in its place to be tried."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError

from cms_models.accounts.models import Authority, TenantModel, User
from cms_models.fields.domain import RULES, rule_named
from cms_models.fields.models import RuleSetting
from cms_models.fields.selectors import rule_values
from cms_models.market.models import Framework
from cms_models.places.models import ZoneMap
from cms_models.places.selectors import zone_map_in_force
from cms_models.planning.domain import hours_factor
from cms_models.rates.domain import NoRate, card_in_force
from cms_models.rates.models import Pathway, RateCard
from cms_models.rates.selectors import published_cards

# The rules a sheet is reckoned by; another rule changes nothing in it.
RULES_USED = (
    "places.urban_radius_miles",
    "rates.rounding",
    "rates.planning_weeks",
    "market.viability_floor_hours",
    "market.balance_tolerance_points",
)


@dataclass(frozen=True)
class Option:
    """A configuration to reckon with on a day: drafts or what is in force.

    `framework` is a lot structure tried in place of the lots in force that share a pathway with
    it; None tries none. `rules` holds every rule's value. `hours_percent` changes the hours of
    pathways, such as {"O": Decimal("-5")}; a pathway not named keeps its hours. `base` is what is
    in force on the day, None for that option itself.
    """

    name: str
    on: date
    authority: Authority
    zone_map: ZoneMap | None
    card: RateCard | None
    framework: Framework | None
    rules: Mapping[str, Any]
    hours_percent: Mapping[str, Decimal] = field(default_factory=dict)
    base: "Option | None" = field(default=None, repr=False)

    @property
    def rules_tried(self) -> dict[str, Any]:
        """The rules whose values differ from those in force."""
        before = self.base.rules if self.base else self.rules
        return {key: value for key, value in self.rules.items() if value != before[key]}

    @property
    def zone_map_tried(self) -> ZoneMap | None:
        """The zone map where it is not the one in force."""
        return self.zone_map if self.base and self.zone_map != self.base.zone_map else None

    @property
    def card_tried(self) -> RateCard | None:
        """The rate card where it is not the one in force."""
        return self.card if self.base and self.card != self.base.card else None

    @property
    def tried(self) -> tuple[str, ...]:
        """What differs from what is in force, in words; empty when nothing does."""
        return tuple(_tried(self))


def option_in_force(user: User, on: date, *, name: str = "In force") -> Option:
    """Return what is in force in the user's council on a day."""
    authority = user.authority
    if authority is None:
        raise ValidationError("A sandbox belongs to a council; this sign-in has none.")
    return Option(
        name=name,
        on=on,
        authority=authority,
        zone_map=zone_map_in_force(authority, on=on),
        card=_card_in_force(authority, on=on),
        framework=None,
        rules=rule_values(authority, on=on),
    )


def _card_in_force(authority: Authority, *, on: date) -> RateCard | None:
    try:
        card = card_in_force(published_cards(authority), on=on)
    except NoRate:
        return None
    return RateCard.objects.filter(authority=authority, name=card.name).first()


def with_drafts(
    option: Option,
    *,
    name: str = "",
    zone_map: ZoneMap | None = None,
    card: RateCard | None = None,
    framework: Framework | None = None,
    settings: tuple[RuleSetting, ...] = (),
    rules: Mapping[str, Any] | None = None,
    hours_percent: Mapping[str, Decimal] | None = None,
) -> Option:
    """Return the option with what is given put in its place; None keeps what it has.

    `settings` are drafts of rules, `rules` typed values. Refused (ValidationError, in sentences):
    a rule out of its bounds, a record of another council, a percentage beyond −100 to 1,000 or of
    more than two decimals, an unknown pathway.
    """
    for record in (zone_map, card, framework, *settings):
        _refuse_stranger(option, record)
    values = {setting.key: setting.value for setting in settings} | dict(rules or {})
    changes = checked_hours(hours_percent or {})
    _refuse_rules(values)
    return replace(
        option,
        name=name or option.name,
        zone_map=zone_map or option.zone_map,
        card=card or option.card,
        framework=framework or option.framework,
        rules={**option.rules, **values},
        hours_percent={**option.hours_percent, **changes},
        base=option.base or option,
    )


def _refuse_stranger(option: Option, record: TenantModel | None) -> None:
    if record is not None and record.authority_id != option.authority.pk:
        raise ValidationError(
            f"This {record._meta.verbose_name} is not one of {option.authority}: choose one of its."
        )


def _refuse_rules(values: Mapping[str, Any]) -> None:
    unknown = sorted(set(values) - set(RULES))
    refusals = [f"No rule is called {key}." for key in unknown]
    known = {key: value for key, value in values.items() if key in RULES}
    refusals += [why for key, value in known.items() if (why := rule_named(key).refusal(value))]
    if refusals:
        raise ValidationError(refusals)


def checked_hours(changes: Mapping[str, Any]) -> dict[str, Decimal]:
    """Return changes in hours by pathway as decimals; ValidationError says what cannot be."""
    found, refusals = {}, []
    for pathway, percent in changes.items():
        if pathway not in Pathway.values:
            refusals.append(
                f"No pathway is called {pathway}; there are {', '.join(Pathway.values)}."
            )
            continue
        try:
            found[pathway] = Decimal(str(percent))
            hours_factor(found[pathway])
        except InvalidOperation:
            refusals.append(f"Pathway {pathway}: a percentage is needed, not “{percent}”.")
        except ValueError as wrong:
            refusals.append(f"Pathway {pathway}: {wrong}")
    if refusals:
        raise ValidationError(refusals)
    return found


def _tried(option: Option) -> Iterator[str]:
    """Yield what differs from what is in force, in words."""
    if option.zone_map_tried is not None:
        yield f"Zone map: {option.zone_map_tried}"
    if option.card_tried is not None:
        yield f"Rate card: {option.card_tried}"
    if option.framework is not None:
        yield f"Lot structure: {option.framework}"
    for key, value in sorted(option.rules_tried.items()):
        rule, before = rule_named(key), option.base.rules[key] if option.base else value
        yield f"{rule.title}: {rule.say(before)} → {rule.say(value)}"
    for pathway, percent in sorted(option.hours_percent.items()):
        if percent:
            yield f"Hours of pathway {pathway}: {percent:+g} %"
