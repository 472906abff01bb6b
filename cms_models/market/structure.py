"""The lots of a framework as a table of zones × pathways: what covers a cell, gaps, overlaps."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cms_models.market.domain import LotTerms

Cell = tuple[str, str]


class BadStructure(ValueError):  # noqa: N818 - it reads as the refusal
    """Raised when cells cannot be divided into lots as asked; says every reason."""

    def __init__(self, refusals: Sequence[str]) -> None:
        super().__init__(" ".join(refusals))
        self.refusals = list(refusals)


@dataclass(frozen=True)
class Structure:
    """Lots over pathways and zones; a cell is a (pathway, zone)."""

    lots: tuple[LotTerms, ...]
    pathways: tuple[str, ...]
    zones: tuple[str, ...]

    def lots_of(self, cell: Cell) -> list[LotTerms]:
        """Return the lots that cover a cell: one, unless there is a gap or an overlap."""
        pathway, zone = cell
        return [lot for lot in self.lots if lot.covers(pathway=pathway, zone=zone)]

    @property
    def bought(self) -> tuple[str, ...]:
        """The pathways that any lot covers: where these leave a zone out there is a gap."""
        named = set().union(*(lot.pathways for lot in self.lots))
        return tuple(pathway for pathway in self.pathways if pathway in named)

    def gaps(self) -> list[Cell]:
        """Return the cells of the pathways bought that no lot covers."""
        return [
            (pathway, zone)
            for pathway in self.bought
            for zone in self.zones
            if not self.lots_of((pathway, zone))
        ]

    def overlaps(self) -> list[tuple[Cell, list[LotTerms]]]:
        """Return the cells that several lots cover, with those lots."""
        cells = {cell for lot in self.lots for cell in cells_of(lot)}
        found = [(cell, self.lots_of(cell)) for cell in sorted(cells)]
        return [(cell, lots) for cell, lots in found if len(lots) > 1]


def cells_of(lot: LotTerms) -> set[Cell]:
    """Return the cells of a lot: all its pathways in all its zones."""
    return {(pathway, zone) for pathway in lot.pathways for zone in lot.zones}


def gap_sentences(structure: Structure) -> list[str]:
    """Return one sentence a pathway for the zones where no lot covers it."""
    missing: dict[str, list[str]] = defaultdict(list)
    for pathway, zone in structure.gaps():
        missing[pathway].append(zone)
    return [
        f"Pathway {pathway} has no lot in {_zones(zones)}: such work cannot be offered there."
        for pathway, zones in missing.items()
    ]


def overlap_sentences(structure: Structure) -> list[str]:
    """Return one sentence for each cell in several lots."""
    return [
        f"Pathway {pathway} in zone {zone} is in lots {_and([lot.code for lot in lots])}: "
        "take it out of all but one."
        for (pathway, zone), lots in structure.overlaps()
    ]


def shared_sentences(
    ours: Iterable[LotTerms], theirs: Iterable[LotTerms], *, names: tuple[str, str]
) -> list[str]:
    """Return where two frameworks in force at once cover the same: new work goes to the newest.

    `names` are our framework's and theirs.
    """
    others = list(theirs)
    found = []
    for lot in ours:
        for other in others:
            if not cells_of(lot) & cells_of(other):
                continue
            new, old = (lot, other) if newest_of(lot, other) is lot else (other, lot)
            newer, older = names if new is lot else names[::-1]
            found.append(
                f"While both run, new referrals of lot {old.code} of {older} go to lot {new.code} "
                f"of {newer}; {older} keeps the packages it has."
            )
    return found


def newest_of(one: LotTerms, other: LotTerms) -> LotTerms:
    """Return the lot of the framework that began last."""
    return max(one, other, key=lambda lot: (lot.framework_from, lot.key))


def lots_from_cells(cells: Mapping[Cell, str]) -> dict[str, tuple[list[str], list[str]]]:
    """Return pathways and zones of each lot code from a table of cells; empty codes are gaps.

    A lot is all its pathways in all its zones: BadStructure names the cells that are missing.
    """
    chosen: dict[str, set[Cell]] = defaultdict(set)
    for cell, code in cells.items():
        if code:
            chosen[code].add(cell)
    found, refusals = {}, []
    for code, own in sorted(chosen.items()):
        pathways = sorted({pathway for pathway, _ in own})
        zones = sorted({zone for _, zone in own})
        missing = [(p, z) for p in pathways for z in zones if (p, z) not in own]
        if missing:
            named = _and([f"{pathway} in zone {zone}" for pathway, zone in missing])
            refusals.append(
                f"Lot {code} would have to cover {named} too: a lot is all its pathways in all "
                "its zones. Add the cells, or make another lot of the rest."
            )
        found[code] = (pathways, zones)
    if refusals:
        raise BadStructure(refusals)
    return found


def _zones(zones: Sequence[str]) -> str:
    return f"{'zone' if len(zones) == 1 else 'zones'} {_and(zones)}"


def _and(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
