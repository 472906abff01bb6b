"""What a version would move before anybody approves it: packages, hours and money a week.

The numbers are the sandbox's: the same packages on the version's first day, by what would be in
force without it and by what is with it.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from django.db import models
from django.utils import timezone

from cms_models.accounts.models import User
from cms_models.care.domain import hours_words
from cms_models.care.models import CarePackage
from cms_models.fields.models import RuleSetting
from cms_models.market.models import Framework
from cms_models.places.models import ZoneMap
from cms_models.planning.comparing import compare
from cms_models.planning.options import Option, option_in_force, with_drafts
from cms_models.planning.selectors import sheets_of
from cms_models.planning.sheet import RowComparison, Sheet
from cms_models.publication.models import PublicationState, Publishable
from cms_models.publication.registry import publication_of
from cms_models.publication.selectors import superseded_by
from cms_models.rates.domain import pounds
from cms_models.rates.models import RateCard
from theme.admin.links import page_url

SLOTS: dict[type[models.Model], str] = {
    ZoneMap: "zone_map",
    RateCard: "card",
    Framework: "framework",
    RuleSetting: "settings",
}

# How the sandbox's address names what is tried.
SANDBOX_NAMES = {**SLOTS, RuleSetting: "rule"}


@dataclass(frozen=True)
class Moved:
    """Packages that a version moves, with their carer-minutes a week."""

    packages: int
    minutes: int

    @property
    def words(self) -> str:
        """What is counted, with its hours."""
        return (
            f"{'package' if self.packages == 1 else 'packages'}, {hours_words(self.minutes)} a week"
        )


@dataclass(frozen=True)
class ZoneEffect:
    """A zone's packages, minutes and pence a week without a version and with it."""

    name: str
    packages: tuple[int, int]
    minutes: tuple[int, int]
    pence: tuple[int, int]

    @property
    def hours_words(self) -> str:
        """The hours without and with."""
        return " → ".join(hours_words(minutes) for minutes in self.minutes)

    @property
    def cost_words(self) -> str:
        """The cost without and with."""
        return " → ".join(pounds(pence) for pence in self.pence)


@dataclass(frozen=True)
class Effect:
    """A version against what would be in force without it, on one day, in pence a week.

    `rows` are the zones whose packages, hours or cost differ.
    """

    on: date
    packages: int
    zones: Moved
    lots: Moved
    prices: Moved
    before_pence: int
    after_pence: int
    unpriced: int
    rows: tuple[ZoneEffect, ...]

    @property
    def pence(self) -> int:
        """What a week costs more, below nought less."""
        return self.after_pence - self.before_pence

    @property
    def more(self) -> str:
        """What a week costs more or less, in words."""
        return f"{'+' if self.pence > 0 else ''}{pounds(self.pence)}"

    @property
    def cost_words(self) -> str:
        """The cost without and with, and the difference in percent."""
        words = f"{pounds(self.before_pence)} → {pounds(self.after_pence)}"
        if not self.before_pence:
            return words
        percent = (Decimal(self.pence) * 100 / self.before_pence).quantize(Decimal("0.01"))
        return f"{words}, {percent:+} %".replace("-", "−")


def sandbox_url(version: Publishable) -> str:
    """Return where a version is tried beside other drafts; empty for what has no price."""
    slot = SANDBOX_NAMES.get(type(version))
    address = page_url("sandbox") if slot else None
    return f"{address}?{slot}={version.pk}" if address else ""


def effect_of(version: Publishable, *, user: User) -> Effect | None:
    """Return what a version moves on its first day; None for a kind that moves no package.

    None too for a role that sees no packages, whose sums would say nothing, and for an approved
    version that replaces none.
    """
    if not publication_of(version).prices or not user.may_view(CarePackage):
        return None
    on = max(version.begins_on or timezone.localdate(), timezone.localdate())
    sides = _sides(version, option_in_force(user, on))
    if sides is None:
        return None
    before, after = sheets_of(sides, user=user)
    return _effect(on, before, after)


def _sides(version: Publishable, in_force: Option) -> tuple[Option, Option] | None:
    """Return the options without and with a version."""
    if version.state != PublicationState.PUBLISHED:
        return in_force, _with(in_force, version)
    replaced = superseded_by(version)
    return (_with(in_force, replaced[0]), in_force) if replaced else None


def _with(option: Option, version: Publishable) -> Option:
    slot = SLOTS[type(version)]
    given: dict[str, Any] = {slot: (version,) if slot == "settings" else version}
    return with_drafts(option, name=str(version), **given)


def _effect(on: date, before: Sheet, after: Sheet) -> Effect:
    rows = (_zone_effect(row) for row in compare(before, after).tables["zone"].rows)
    return Effect(
        on=on,
        packages=before.total.packages,
        zones=_moved(before, after, "zone"),
        lots=_moved(before, after, "lot"),
        prices=_counted(before, before.facts.pence != after.facts.pence),
        before_pence=before.total.weekly_pence,
        after_pence=after.total.weekly_pence,
        unpriced=after.total.unpriced,
        rows=tuple(row for row in rows if row is not None),
    )


def _zone_effect(row: RowComparison) -> ZoneEffect | None:
    """Return what a zone has without and with; None where nothing of it differs."""
    columns = ("packages", "weekly_minutes", "weekly_pence")
    if not any(row.difference(column) for column in columns):
        return None
    packages, minutes, pence = (
        (getattr(row.first, column, 0), getattr(row.second, column, 0)) for column in columns
    )
    return ZoneEffect(row.name, packages, minutes, pence)


def _moved(before: Sheet, after: Sheet, division: str) -> Moved:
    """Count the packages that another row of a division holds; both sheets list them alike."""
    first, second = before.facts.divisions[division], after.facts.divisions[division]
    was = np.array(first.keys, dtype=object)[first.codes]
    becomes = np.array(second.keys, dtype=object)[second.codes]
    return _counted(before, was != becomes)


def _counted(sheet: Sheet, chosen: "np.ndarray") -> Moved:
    return Moved(int(chosen.sum()), int(sheet.facts.minutes[chosen].sum()))
