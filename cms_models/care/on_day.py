"""A package as it would be on another day: week, zone, lot and price by what is in force then."""

import copy
from dataclasses import dataclass
from datetime import date

from cms_models.care.models import CarePackage, VisitPattern
from cms_models.care.selectors import week_on
from cms_models.care.services.registration import Resolver
from cms_models.places.domain import BadPlace


@dataclass(frozen=True)
class PackageOnDay:
    """A package with the patterns of a day's week; on another day a copy that is never saved."""

    package: CarePackage
    patterns: tuple[VisitPattern, ...]


def package_on(package: CarePackage, *, on: date, today: date) -> PackageOnDay:
    """Return a package as stored today, or resolved and priced as on another day.

    Before its first day its first week is shown; status, funder and awards are always today's.
    """
    patterns = week_on(package, on=on)
    if on == today:
        return PackageOnDay(package, patterns)
    pictured = copy.copy(package)
    try:
        resolver = Resolver(package.authority, on=on)
        resolver.resolve(pictured, pattern=[row.clause for row in patterns])
    except BadPlace:  # its postcode is gone since: what is stored is all that is known
        return PackageOnDay(package, patterns)
    return PackageOnDay(pictured, patterns)
