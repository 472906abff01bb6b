"""The kinds of file that come in, and what a role needs to send one or to read what was in it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any


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

    def read_by(self, user: Any) -> bool:
        """Return whether a user's role may read the rows of such a file."""
        return bool(user.has_perms(self.view))

    def written_by(self, user: Any) -> bool:
        """Return whether a user's role may change everything such a file changes."""
        return bool(user.has_perms(self.change))


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
            "postcodes", "Postcodes", ("places.view_zonemap",), ("places.change_referencearea",)
        ),
        ImportKind(
            "boundaries",
            "Boundaries of areas",
            ("places.view_referencearea",),
            ("places.change_referencearea",),
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
        ImportKind(
            "cqc",
            "The CQC's register",
            ("market.view_cqclocation",),
            ("market.change_cqclocation",),
        ),
        ImportKind(
            "bank_holidays",
            "Bank holidays",
            ("rates.view_bankholiday",),
            ("rates.change_bankholiday",),
        ),
    )
}


# Kinds of file of a council's own making: given a user, those of the user's council.
MORE_KINDS: list[Callable[[Any], Iterable[ImportKind]]] = []


def kinds_of(user: Any) -> dict[str, ImportKind]:
    """Return every kind of file there is for a user's council, by name."""
    own = {kind.name: kind for kinds in MORE_KINDS for kind in kinds(user)}
    return {**IMPORT_KINDS, **own}


def import_kind(name: str, *, user: Any = None) -> ImportKind:
    """Return a kind of file; KeyError names the kinds there are.

    A user finds those of their council's own making too.
    """
    if name in IMPORT_KINDS:
        return IMPORT_KINDS[name]
    known = IMPORT_KINDS if user is None else kinds_of(user)
    if name not in known:
        raise KeyError(f"No import is called {name!r}; there are {', '.join(known)}.")
    return known[name]
