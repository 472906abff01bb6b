"""The packages behind a sheet as columns of numbers, and what an option makes of each.

Columns are numpy arrays with one entry a package, in the order of their references; text columns
are codes into a list of keys. Nothing here knows the database or a person's name.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

import numpy as np
import numpy.typing as npt

from cms_models.care.patterns import Clause
from cms_models.market.domain import LotTerms
from cms_models.places.domain import Centre, ZoneIndex
from cms_models.planning.domain import CHC, SCALE, SELF_FUNDER, lot_of_package, share_of
from cms_models.planning.pricing import CasePrice, week_prices
from cms_models.planning.sheet import NONE
from cms_models.rates.domain import AREAS, Card
from optimiser.travel.crowfly import METRES_PER_MILE, great_circle_metres, within_metres

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
NO_MOST = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Coded:
    """A text column: for every package the place of its text in `keys`."""

    codes: Ints
    keys: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Return texts as codes, keys in the order in which they first come."""
        places: dict[str, int] = {}
        codes = [places.setdefault(text, len(places)) for text in texts]
        return cls(np.array(codes, dtype=np.int64), tuple(places))

    def where(self, chosen: Bools) -> Self:
        """Return the column of some packages only."""
        return type(self)(self.codes[chosen], self.keys)


@dataclass(frozen=True)
class Packages:
    """The packages that run on a day, as one user may see them.

    `placed_lot` is the id of the lot of a package that has a provider, 0 of one that waits for one;
    `share_basis_points` is the council's share of the cost in hundredths of a percent; `most_pence`
    a contributing person's assessed weekly maximum, NO_MOST where none is known. Clause rows say
    which package (by place) has which of the distinct `clauses` in its week. `not_begun` counts
    the packages that begin later.
    """

    on: date
    ids: Ints
    refs: tuple[str, ...]
    persons: Ints
    pathway: Coded
    funder: Coded
    status: Coded
    provider: Coded
    provider_names: Mapping[str, str]
    placed_lot: Ints
    share_basis_points: Ints
    contributes: Bools
    most_pence: Ints
    latitudes: Floats
    longitudes: Floats
    clause_package: Ints
    clause_case: Ints
    clauses: tuple[Clause, ...]
    not_begun: int

    def __len__(self) -> int:
        return len(self.refs)

    def of_pathways(self, pathways: Sequence[str]) -> "Packages":
        """Return only the packages of some pathways; all of them when none is named."""
        if not pathways:
            return self
        wanted = [place for place, key in enumerate(self.pathway.keys) if key in pathways]
        chosen = np.isin(self.pathway.codes, wanted)
        kept = chosen[self.clause_package]
        return Packages(
            on=self.on,
            ids=self.ids[chosen],
            refs=tuple(ref for ref, one in zip(self.refs, chosen, strict=True) if one),
            persons=self.persons[chosen],
            pathway=self.pathway.where(chosen),
            funder=self.funder.where(chosen),
            status=self.status.where(chosen),
            provider=self.provider.where(chosen),
            provider_names=self.provider_names,
            placed_lot=self.placed_lot[chosen],
            share_basis_points=self.share_basis_points[chosen],
            contributes=self.contributes[chosen],
            most_pence=self.most_pence[chosen],
            latitudes=self.latitudes[chosen],
            longitudes=self.longitudes[chosen],
            clause_package=(np.cumsum(chosen) - 1)[self.clause_package[kept]],
            clause_case=self.clause_case[kept],
            clauses=self.clauses,
            not_begun=self.not_begun,
        )


@dataclass(frozen=True)
class Terms:
    """An option as the pure rules want it.

    `lots` have the newest framework's first. `card` is the one rate card tried, None where there is
    none; `factors` are hours after the
    change by pathway, in ten-thousandths. Names say how keys are called on screen.
    """

    on: date
    zones: ZoneIndex
    zone_names: Mapping[str, str]
    lots: tuple[LotTerms, ...]
    card: Card | None
    rounding: str
    weeks: int
    centres: tuple[Centre, ...]
    radius_miles: float
    factors: Mapping[str, int]
    floor_hours: Decimal
    tolerance_points: Decimal
    pathway_names: Mapping[str, str]
    status_names: Mapping[str, str]
    zone_map_name: str = ""
    about: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Division:
    """One way to divide packages: for each the place of its row; `wanting` rows lack something."""

    codes: Ints
    keys: tuple[str, ...]
    names: tuple[str, ...]
    wanting: tuple[bool, ...]


@dataclass(frozen=True)
class Facts:
    """What an option makes of every package.

    `minutes`, `pence` and the parts are a week as it is, whole; `factor` is the change in hours
    and `contribution` the person's week after it, both in ten-thousandths. `price_of_clause` leads
    each clause row to its price in `prices`.
    """

    packages: Packages
    terms: Terms
    divisions: Mapping[str, Division]
    minutes: Ints
    pence: Ints
    priced: Bools
    council: Ints
    nhs: Ints
    self_funded: Ints
    factor: Ints
    contribution: Ints
    price_of_clause: Ints
    prices: tuple[CasePrice, ...]
    reasons: tuple[str, ...]


def facts_of(packages: Packages, terms: Terms) -> Facts:
    """Place, price and divide the cost of every package by an option's terms."""
    areas = urban_or_rural_codes(packages, terms)
    week = week_prices(packages, areas, card=terms.card, on=terms.on, rounding=terms.rounding)
    council, nhs, self_funded = _parts(packages, week.pence)
    by_pathway = [terms.factors.get(key, SCALE) for key in packages.pathway.keys]
    factor = np.array(by_pathway, dtype=np.int64)[packages.pathway.codes]
    return Facts(
        packages=packages,
        terms=terms,
        divisions=_divisions(packages, terms, areas, week.reasons),
        minutes=week.minutes,
        pence=week.pence,
        priced=week.priced,
        council=council,
        nhs=nhs,
        self_funded=self_funded,
        factor=factor,
        contribution=_contributions(packages, council, factor),
        price_of_clause=week.price_of_clause,
        prices=week.prices,
        reasons=week.reasons,
    )


def urban_or_rural_codes(packages: Packages, terms: Terms) -> Ints:
    """Return for every package its area as a place in AREAS, by `places.domain`'s rule."""
    rural = AREAS.index("rural")
    codes = np.full(len(packages), rural, dtype=np.int64)
    limit = terms.radius_miles * METRES_PER_MILE
    for centre in terms.centres:
        metres = great_circle_metres(
            packages.latitudes, packages.longitudes, centre.latitude, centre.longitude
        )
        codes[within_metres(metres, limit)] = AREAS.index("urban")
    return codes


def _parts(packages: Packages, pence: Ints) -> tuple[Ints, Ints, Ints]:
    """Divide every week as `domain.parts_of` does: council, NHS, self-funder."""
    names = packages.funder.keys
    nothing = np.zeros(len(packages), dtype=np.int64)
    chc = packages.funder.codes == _place(names, CHC)
    own = packages.funder.codes == _place(names, SELF_FUNDER)
    council = share_of(pence, packages.share_basis_points)
    council = np.where(chc | own, nothing, council)
    return council, np.where(own, nothing, pence - council), np.where(own, pence, nothing)


def _place(names: Sequence[str], name: str) -> int:
    return names.index(name) if name in names else -1


def _contributions(packages: Packages, council: Ints, factor: Ints) -> Ints:
    """Return what people pay a week after the change in hours, as `domain.contribution_of` does."""
    known = packages.most_pence != NO_MOST
    most = np.where(known, packages.most_pence, 0) * SCALE
    owed = council * factor
    owed = np.where(known, np.minimum(owed, most), owed)
    return np.where(packages.contributes, owed, 0)


def _divisions(
    packages: Packages, terms: Terms, areas: Ints, reasons: Sequence[str]
) -> dict[str, Division]:
    # −1 in no zone; a point on a shared edge belongs to the first zone by code.
    zones = terms.zones.places_of(packages.latitudes.tolist(), packages.longitudes.tolist())
    words = {"urban": "Urban", "rural": "Rural"}
    return {
        "zone": _with_none(
            zones, terms.zones.codes, lambda key: terms.zone_names.get(key, key), "In no zone"
        ),
        "lot": _lot_division(packages, terms, zones),
        "pathway": _named(packages.pathway, terms.pathway_names),
        "funder": _named(packages.funder, {}),
        "provider": _provider_division(packages),
        "area": _named(Coded(areas, AREAS), words),
        "status": _named(packages.status, terms.status_names),
        "price": _price_division(reasons),
    }


def _with_none(
    codes: Ints, keys: Sequence[str], name_of: Callable[[str], str], none: str
) -> Division:
    """Return a division whose last row, where there is any such package, has nothing (code −1)."""
    lost = codes < 0
    names = tuple(name_of(key) for key in keys)
    if not lost.any():
        return Division(codes, tuple(keys), names, (False,) * len(keys))
    return Division(
        np.where(lost, len(keys), codes),
        (*keys, NONE),
        (*names, none),
        (*(False,) * len(keys), True),
    )


def _named(column: Coded, names: Mapping[str, str]) -> Division:
    """Return a column as rows: those named in their order, then others by key."""
    order = {key: place for place, key in enumerate(names)}
    keys = sorted(column.keys, key=lambda key: (order.get(key, len(order)), key))
    moved = np.array([keys.index(key) for key in column.keys], dtype=np.int64)
    codes = moved[column.codes] if len(column.codes) else column.codes
    shown = tuple(names.get(key, key or "Not stated") for key in keys)
    return Division(codes, tuple(keys), shown, (False,) * len(keys))


def _provider_division(packages: Packages) -> Division:
    names = packages.provider_names
    keys = sorted((key for key in packages.provider.keys if key), key=lambda key: (names[key], key))
    moved = np.array(
        [keys.index(key) if key else -1 for key in packages.provider.keys], dtype=np.int64
    )
    codes = moved[packages.provider.codes] if len(packages) else packages.provider.codes
    return _with_none(codes, keys, lambda key: names[key], "No provider yet")


def _lot_division(packages: Packages, terms: Terms, zones: Ints) -> Division:
    """Place packages in lots: each different case of lot, pathway and zone is looked up once."""
    keys = lot_keys(terms.lots)
    own = {lot.key: lot for lot in terms.lots}
    places = {lot.key: place for place, lot in enumerate(terms.lots)}
    cases = np.stack([packages.placed_lot, packages.pathway.codes, zones], axis=1)
    distinct, case_of = np.unique(cases, axis=0, return_inverse=True)
    found = []
    for lot_id, pathway, zone in distinct.tolist():
        lot = None
        if zone >= 0:
            lot = lot_of_package(
                terms.lots,
                own=own.get(lot_id),
                pathway=packages.pathway.keys[pathway],
                zone=terms.zones.codes[zone],
            )
        found.append(places[lot.key] if lot else -1)
    names = dict(zip(keys, (lot.name for lot in terms.lots), strict=True))
    codes = np.array(found, dtype=np.int64)[case_of.reshape(-1)]
    return _with_none(codes, keys, lambda key: names[key], "In no lot")


def lot_keys(lots: Sequence[LotTerms]) -> list[str]:
    """Return the key of each lot's row: its code, with its id where an earlier lot has the code."""
    seen: set[str] = set()
    keys = []
    for lot in lots:
        keys.append(f"{lot.code}~{lot.key}" if lot.code in seen else lot.code)
        seen.add(lot.code)
    return keys


def _price_division(reasons: Sequence[str]) -> Division:
    """Divide packages into those with a price and, by the reason, those without."""
    column = Coded.of(reasons)
    without = sorted(reason for reason in column.keys if reason)
    keys = ["", *without]
    moved = np.array([keys.index(key) for key in column.keys], dtype=np.int64)
    codes = moved[column.codes] if len(reasons) else column.codes
    names = ("Priced", *(f"No rate: {reason}" for reason in without))
    return Division(codes, ("priced", *without), names, (False, *(True for _ in without)))
