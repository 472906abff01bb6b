"""Which importer reads which kind of file."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

from cms_models.accounts.models import User
from cms_models.fields.own.models import ENTRY_PREFIX
from importers.bank_holidays import BankHolidayImporter
from importers.base import Importer, TableImporter
from importers.boundaries import BoundaryImporter
from importers.columns import Column
from importers.configuration import ConfigurationImporter
from importers.cqc import CqcImporter
from importers.entries import EntryImporter
from importers.faults import BadFile
from importers.framework import FrameworkImporter
from importers.market import ProviderImporter
from importers.mosaic import PackageImporter, PersonImporter
from importers.postcodes import PostcodeImporter
from importers.workforce import CarerImporter, PreferenceImporter, ShiftImporter

# Extracts of other case systems than Mosaic come by mapping their headings.
PROFILES = ("mosaic",)
TABLES: Mapping[str, type[TableImporter]] = {
    importer.kind: importer
    for importer in (
        PersonImporter,
        PackageImporter,
        ProviderImporter,
        CarerImporter,
        ShiftImporter,
        PreferenceImporter,
        PostcodeImporter,
        BoundaryImporter,
        CqcImporter,
    )
}
KINDS: Mapping[str, type[Importer]] = {
    **TABLES,
    ConfigurationImporter.kind: ConfigurationImporter,
    FrameworkImporter.kind: FrameworkImporter,
    BankHolidayImporter.kind: BankHolidayImporter,
}


def importer_of(kind: str, *, profile: str) -> Callable[..., Importer]:
    """Return the importer of a kind of file; BadFile names the kinds and profiles there are."""
    if kind.startswith(ENTRY_PREFIX) and profile in PROFILES:
        return partial(EntryImporter, slug=kind.removeprefix(ENTRY_PREFIX))
    if kind not in KINDS:
        raise BadFile(f"No import is called {kind!r}; there are {', '.join(sorted(KINDS))}.")
    if profile not in PROFILES:
        raise BadFile(f"No profile is called {profile!r}; there are {', '.join(PROFILES)}.")
    return KINDS[kind]


def columns_of(kind: str, user: User, *, on: date) -> Sequence[Column]:
    """Return the columns of a kind of file that is a table, a council's own types among them.

    The council's own fields stand behind the built-in columns: those the user may change.
    """
    authority = user.authority
    if kind in TABLES:
        own = TABLES[kind].own_columns(authority)
        return [*TABLES[kind].columns, *own.shown_to(user)]
    importer = EntryImporter(authority, on=on, slug=kind.removeprefix(ENTRY_PREFIX))
    return importer.columns
