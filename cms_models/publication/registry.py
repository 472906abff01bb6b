"""The kinds of configuration there are to publish: each app's publishing.py declares its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models


def no_changes(record: Any) -> Sequence[str]:
    """Return no sentences."""
    return ()


@dataclass(frozen=True)
class Publication:
    """A kind of configuration and how it goes live.

    `faults(record)` says in sentences why it cannot be put in force; `publish(actor=, record=)`
    puts it in force from its day (and ends what it supersedes); `take_back(actor=, record=)` undoes
    that before the day; `changes(record)` lists in sentences what changes on the day.
    """

    model: type[models.Model]
    faults: Callable[[Any], Sequence[str]]
    publish: Callable[..., Any]
    take_back: Callable[..., Any]
    changes: Callable[[Any], Sequence[str]] = no_changes
    prices: bool = False

    @property
    def label(self) -> str:
        """The model's label, such as `rates.ratecard`."""
        return self.model._meta.label_lower


PUBLICATIONS: dict[str, Publication] = {}


def declare(publication: Publication) -> None:
    """Make a kind of configuration known to reviews."""
    PUBLICATIONS[publication.label] = publication


def publication_named(name: str) -> Publication | None:
    """Return the kind of configuration by its model's name, such as `ratecard`; None for none."""
    found = (one for one in PUBLICATIONS.values() if one.model._meta.model_name == name)
    return next(found, None)


def publication_of(record: models.Model) -> Publication:
    """Return how a record goes live; KeyError names the kinds there are."""
    label = record._meta.label_lower
    if label not in PUBLICATIONS:
        raise KeyError(f"{label} is not published; there are {', '.join(sorted(PUBLICATIONS))}.")
    return PUBLICATIONS[label]
