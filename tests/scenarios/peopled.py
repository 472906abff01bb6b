"""A council in which P1 has one of everything that a portal address or a GraphQL argument names.

P2 was asked about the same packages: it lost the second, won the fourth by an award, and let the
ninth pass. A second council has the same names and nothing else in common.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.accounts.services import issue_key
from cms_models.audit.models import AuditEntry
from cms_models.brokerage.domain import OfferTerms
from cms_models.brokerage.models import Invitation
from cms_models.brokerage.services import awards, hand_backs, offers, reviews
from cms_models.care.models import CarePackage
from cms_models.market import homes, registration
from cms_models.notices import services as notices
from tests.council import TODAY, Council

# A key's minute, when it was last used and a session are kept of refused requests too.
WRITING = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b"
    r"(?!.{0,20}(notices_keyminute|accounts_apikey|django_session))",
    re.IGNORECASE | re.DOTALL,
)
WATCHED = ("accounts", "audit", "brokerage", "care", "fields", "jobs", "market", "notices")
FLEETING = {"accounts.ApiKey": "last_used_at"}


@dataclass
class Peopled:
    """The two councils, and P1's things by the names the examples call them."""

    council: Council
    other: Council
    things: dict[str, Any] = field(default_factory=dict)

    def ids(self) -> dict[str, str]:
        """Return the public ids of P1's things."""
        found = {name: row for name, row in self.things.items() if hasattr(row, "public_id")}
        return {name: str(row.public_id) for name, row in found.items()}


def peopled(council: Council, other: Council) -> Peopled:
    """Give P1 one of everything."""
    user, now, p1 = council.provider_users["P1"], timezone.now(), council.providers["P1"]
    delivered, handed = _awarded(council, 1, "P1"), _awarded(council, 5, "P1")
    lost, asked, offered, passed = (council.released(number) for number in (2, 3, 4, 9))
    world = Peopled(council, other)
    terms = OfferTerms(starts_on=TODAY, weekly_minutes=210)
    offer = offers.make_offer(actor=user, invitation=of("P1", offered), terms=terms, now=now)
    _award(council, lost.package, "P2")
    passed.invitations.update(closes_at=now - timedelta(minutes=1))
    own = {"actor": user, "provider": p1}
    world.things = {
        "package": delivered,
        "handed": handed,
        "decided": of("P1", lost),
        "invitation": of("P1", asked),
        "offered": of("P1", offered),
        "lapsed": of("P2", passed),
        "offer": offer,
        "home": homes.set_home(
            **own, name="Elms", postcode="HR1 1AA", kinds=["residential"], beds=9
        ),
        "reviewTask": reviews.add_review(
            actor=council[Role.BROKER],
            package=delivered,
            kind="trusted",
            due_on=TODAY,
            words="Please assess.",
            provider=p1,
        ),
        "handBack": hand_backs.hand_back(
            actor=user,
            package=handed,
            reason="needs_changed",
            words="More is needed.",
            evidence=("note.pdf", b"%PDF-1.4 note"),
            now=now,
        ),
        "document": registration.add_document(
            **own, kind="insurance", name="a.pdf", content=b"%PDF-1.4 a"
        ),
        "webhook": notices.set_webhook(**own, url="https://example.org/hook"),
        "key": issue_key(user=user, name="Rostering", now=now, days=30).row,
        "lot": council.lots["O-A"],
    }
    return world


def of(ref: str, release: Any) -> Invitation:
    """Return how a provider was asked in a release."""
    found: Invitation = release.invitations.select_related("provider").get(provider__ref=ref)
    return found


def _awarded(council: Council, number: int, ref: str) -> CarePackage:
    return _award(council, council.package(number), ref)


def _award(council: Council, package: CarePackage, ref: str) -> CarePackage:
    awards.award_package(
        actor=council[Role.BROKER],
        package=package,
        provider=council.providers[ref],
        lot=package.lot,
        reason="nearest",
        now=timezone.now(),
    )
    return CarePackage.objects.get(pk=package.pk)


def picture() -> dict[str, Any]:
    """Return every stored row that a denied request could have touched, and the audit's head."""
    found: dict[str, Any] = {"head": AuditEntry.objects.order_by("-pk").values_list("hash")[:1][0]}
    for app in WATCHED:
        for model in apps.get_app_config(app).get_models():
            label = model._meta.label
            if model is AuditEntry or label == "notices.KeyMinute":
                continue
            columns = [one.attname for one in model._meta.concrete_fields]
            kept = [one for one in columns if one not in (FLEETING.get(label), "last_login")]
            found[label] = list(model._base_manager.order_by("pk").values_list(*kept))
    return found


class Stillness:
    """Proves of each request that nothing was written by it."""

    def __init__(self) -> None:
        self.before = picture()

    @contextmanager
    def during(self, what: object) -> Iterator[None]:
        """Fail, naming the request, when it left anything behind."""
        wrote: list[str] = []

        def note(execute: Any, sql: str, *more: Any) -> Any:
            if WRITING.match(sql):
                wrote.append(sql)
            return execute(sql, *more)

        with connection.execute_wrapper(note):
            yield
        if wrote:
            after = picture()
            changed = [name for name, rows in after.items() if rows != self.before[name]]
            assert changed == [], (what, wrote[:3])
