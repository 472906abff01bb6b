"""Which importer reads which kind of file."""

from collections.abc import Mapping

from importers.base import Importer, TableImporter
from importers.configuration import ConfigurationImporter
from importers.faults import BadFile
from importers.framework import FrameworkImporter
from importers.market import ProviderImporter
from importers.mosaic import PackageImporter, PersonImporter
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
    )
}
KINDS: Mapping[str, type[Importer]] = {
    **TABLES,
    ConfigurationImporter.kind: ConfigurationImporter,
    FrameworkImporter.kind: FrameworkImporter,
}


def importer_of(kind: str, *, profile: str) -> type[Importer]:
    """Return the importer of a kind of file; BadFile names the kinds and profiles there are."""
    if kind not in KINDS:
        raise BadFile(f"No import is called {kind!r}; there are {', '.join(sorted(KINDS))}.")
    if profile not in PROFILES:
        raise BadFile(f"No profile is called {profile!r}; there are {', '.join(PROFILES)}.")
    return KINDS[kind]
