"""Reading one package's brokerage: who would be asked, how near providers are, what was written."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from cms_models.accounts.models import User
from cms_models.brokerage.asking import Choice, choice_for
from cms_models.brokerage.models import Message, Route
from cms_models.brokerage.sharing_selectors import served_packages
from cms_models.brokerage.street_sharing import metres_between, places_of
from cms_models.care.models import CarePackage, Setting
from cms_models.fields.selectors import rule_value

NEAR_METRES, METRES_A_MILE = 2_000, 1_609.344
MESSAGES_SHOWN = 100


@dataclass(frozen=True)
class Nearness:
    """How a package lies to what a provider delivers already."""

    nearest_metres: int
    packages_near: int

    @property
    def words(self) -> str:
        """The distance in words, with the density around."""
        nearest = f"{self.nearest_metres / METRES_A_MILE:.1f} miles to its nearest package"
        return f"{nearest}; {self.packages_near} within {NEAR_METRES / METRES_A_MILE:.1f} miles"


def nearness(user: User, package: CarePackage, *, on: date) -> dict[int, Nearness]:
    """Return how near each provider that delivers anything already is to a package."""
    rows = [row for row in served_packages(user, on=on) if row.package != package.pk]
    here = places_of(rows)
    if not rows:
        return {}
    away: dict[int, list[float]] = defaultdict(list)
    point = here[:1].copy()
    point[0] = (package.latitude, package.longitude)
    for row, metres in zip(rows, metres_between(point, here)[0], strict=True):
        away[row.provider].append(float(metres))
    return {
        provider: Nearness(round(min(found)), sum(metres <= NEAR_METRES for metres in found))
        for provider, found in away.items()
    }


def routes_for(package: CarePackage) -> list[Route]:
    """Return the ways a package may be released by, the usual one first."""
    if package.setting != Setting.HOME:
        return [Route(one) for one in (Route.HOMES, Route.SELECTED, Route.SPOT)]
    to_all = bool(rule_value(package.authority, "brokerage.release_to_all"))
    found = (Route.TIERS, *([Route.ALL] if to_all else []), Route.SELECTED, Route.SPOT)
    return [Route(one) for one in found]


@dataclass(frozen=True)
class Preview:
    """Who would be asked by a route, and who would not with the sentence why."""

    route: Route
    choice: Choice


def previews(package: CarePackage, *, on: date) -> list[Preview]:
    """Return who would be asked by each kind of route: the lot's places, homes, or anybody."""
    at_home = package.setting == Setting.HOME
    routes = (Route(Route.TIERS if at_home else Route.HOMES), Route(Route.SPOT))
    return [Preview(one, choice_for(package, route=one.value, on=on)) for one in routes]


def messages_about(package: CarePackage, *, user: User) -> list[Message]:
    """Return what broker and providers wrote to each other about a package, the oldest first."""
    rows = Message.objects.visible_to(user).filter(package=package)
    rows = rows.select_related("provider", "sent_by").order_by("-sent_at", "-pk")
    return list(reversed(rows[:MESSAGES_SHOWN]))
