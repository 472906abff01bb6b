"""The kinds of file that come in, and what a role needs to send one or to read what was in it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ImportKind:
    """A kind of file: its words, and the permissions to read its rows and to write its records.

    Holding the right to import is not enough: nobody changes rates by sending a file who may not
    change them on screen, and nobody reads a person's name in an import who may not read it there.
    """

    name: str
    label: str
    view: tuple[str, ...]
    change: tuple[str, ...]


IMPORT_KINDS: Mapping[str, ImportKind] = {
    kind.name: kind
    for kind in (
        ImportKind("persons", "People", ("care.view_person",), ("care.change_person",)),
        ImportKind(
            "packages",
            "Care packages",
            ("care.view_carepackage", "care.view_person"),
            ("care.change_carepackage",),
        ),
        ImportKind(
            "providers", "Providers", ("market.view_provider",), ("market.change_provider",)
        ),
        ImportKind("carers", "Carers", ("rounds.view_carer",), ("rounds.change_carer",)),
        ImportKind("shifts", "Shifts", ("rounds.view_shift",), ("rounds.change_shift",)),
        ImportKind(
            "preferences",
            "Carers by choice",
            ("rounds.view_carerpreference", "care.view_person"),
            ("rounds.change_carerpreference",),
        ),
        ImportKind(
            "configuration",
            "The council's configuration",
            ("places.view_zonemap", "rates.view_ratecard"),
            (
                "accounts.change_authority",
                "fields.change_rulesetting",
                "places.change_zonemap",
                "rates.change_ratecard",
                "quality.change_qualityframework",
            ),
        ),
        ImportKind(
            "framework",
            "Frameworks, lots and awards",
            ("market.view_framework",),
            ("market.change_framework", "market.change_lot", "market.change_lotaward"),
        ),
    )
}


def import_kind(name: str) -> ImportKind:
    """Return a kind of file; KeyError names the kinds there are."""
    if name not in IMPORT_KINDS:
        raise KeyError(f"No import is called {name!r}; there are {', '.join(IMPORT_KINDS)}.")
    return IMPORT_KINDS[name]
