"""How the wizard speaks of a kind of file: one, several, where to go next, what a file must be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from cms_models.accounts.models import User
from cms_models.care.models import AllocationProposal
from cms_models.fields.own.models import ENTRY_PREFIX
from cms_models.jobs.import_kinds import ImportKind, kinds_of


@dataclass(frozen=True)
class KindWords:
    """Words for a kind of file; `table` files have columns to map, the others are JSON."""

    one: str
    several: str
    explanation: str
    file: str
    list_url_name: str
    table: bool = True
    list_args: tuple[str, ...] = ()


WORDS: Mapping[str, KindWords] = {
    "packages": KindWords(
        "package",
        "packages",
        "Care packages with their week of visits, one row a Mosaic element.",
        "packages.csv",
        "carepackage:index",
    ),
    "persons": KindWords(
        "person", "people", "The people packages are for.", "persons.csv", "person:index"
    ),
    "providers": KindWords(
        "provider",
        "providers",
        "Organisations with CQC ids and skills.",
        "providers.csv",
        "provider:index",
    ),
    "carers": KindWords(
        "carer", "carers", "The council's own carers.", "carers.csv", "carer:index"
    ),
    "shifts": KindWords(
        "shift",
        "shifts",
        "When each carer works in a week.",
        "shifts.csv",
        "shift:index",
    ),
    "preferences": KindWords(
        "preference",
        "preferences",
        "Each person's usual, required and refused carers.",
        "preferences.csv",
        "carerpreference:index",
    ),
    "postcodes": KindWords(
        "postcode",
        "postcodes",
        "Postcodes with latitude and longitude: who lives where.",
        "postcodes.csv",
        "zone_map_page",
    ),
    "boundaries": KindWords(
        "area",
        "areas",
        "Wards, LSOAs or districts as the ONS publishes them, to build zones from.",
        "wards.geojson",
        "zone_map_page",
    ),
    "cqc": KindWords(
        "location",
        "locations",
        "The CQC's register: its care directory, latest ratings or another of its lists.",
        "cqc.csv",
        "cqclocation:index",
    ),
    "configuration": KindWords(
        "setting",
        "settings",
        "Rules, zones, rates, budgets and quality: council.json, or a zip of it with the files "
        "it names.",
        "council.json",
        "rulesetting:index",
        table=False,
    ),
    "framework": KindWords(
        "record",
        "records",
        "Frameworks with their lots and the providers' places in them.",
        "framework.json",
        "framework:index",
        table=False,
    ),
    "bank_holidays": KindWords(
        "bank holiday",
        "bank holidays",
        "gov.uk's calendar, as published at gov.uk/bank-holidays.json.",
        "bank-holidays.json",
        "bankholiday:index",
        table=False,
    ),
}


def kinds_for(user: User) -> list[ImportKind]:
    """Return the kinds of file a user may send, the most used first."""
    known = kinds_of(user)
    ordered = [*WORDS, *(name for name in known if name not in WORDS)]
    return [known[name] for name in ordered if known[name].written_by(user)]


def may_import(user: User, kind: str) -> bool:
    """Return whether a user's role may change everything such a file changes."""
    return kinds_of(user)[kind].written_by(user)


def words_of(kind: str) -> KindWords:
    """Return the words of a kind of file; records of a council's own type have the same."""
    if kind in WORDS:
        return WORDS[kind]
    slug = kind.removeprefix(ENTRY_PREFIX)
    return KindWords(
        "record",
        "records",
        "Records of the council's own making, one a row, known by their title.",
        f"{slug}.csv",
        "entry:index",
        list_args=(slug,),
    )


def counted(kind: str, number: int) -> str:
    """Return a number with its noun: “1 package”, “826 packages”."""
    words = words_of(kind)
    return f"{number:,} {words.one if number == 1 else words.several}"


def would_do(kind: str, totals: Mapping[str, Any]) -> str:
    """Return what accepting does, as a button says it; nothing when it would do nothing."""
    return _doing(kind, totals, add="add", change="change").capitalize()


def did(kind: str, totals: Mapping[str, Any]) -> str:
    """Return what an acceptance did."""
    return _doing(kind, totals, add="added", change="changed") or "nothing changed"


def _doing(kind: str, totals: Mapping[str, Any], *, add: str, change: str) -> str:
    new, updated = totals.get("new", 0), totals.get("updated", 0)
    if new and updated:
        return f"{add} {new:,} and {change} {counted(kind, updated)}"
    if new:
        return f"{add} {counted(kind, new)}"
    return f"{change} {counted(kind, updated)}" if updated else ""


def sum_words(totals: Mapping[str, Any]) -> str:
    """Return the sum a reader can check: read = new + updated + unchanged + rejected."""
    names = ("new", "updated", "unchanged", "rejected")
    parts = " + ".join(f"{totals.get(name, 0):,} {name}" for name in names)
    return f"{totals.get('read', 0):,} rows read = {parts}"


@dataclass(frozen=True)
class NextStep:
    """Where to go after an acceptance; `post` is for what starts a job."""

    label: str
    url: str
    post: bool = False


def next_steps(user: User, kind: str) -> list[NextStep]:
    """Return what usually follows an accepted file of a kind, as far as the user may do it."""
    steps = []
    if kind == "packages" and user.may("change", AllocationProposal):
        url = reverse("allocationrun:do", args=["propose"])
        steps.append(NextStep("Propose allocations", url, post=True))
    words = words_of(kind)
    address = reverse(words.list_url_name, args=words.list_args)
    return [*steps, NextStep(f"Look at the {words.several}", address)]
