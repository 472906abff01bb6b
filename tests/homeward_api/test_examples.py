"""Every example of the documentation is asked as it stands, and answered."""

import json
from datetime import timedelta
from typing import Any

from django.utils import timezone

from cms_models.accounts.roles import Role
from cms_models.brokerage.domain import OfferTerms
from cms_models.brokerage.models import HandBack, ReviewTask
from cms_models.brokerage.services import awards, offers
from cms_models.market.models import CareHome
from cms_models.notices.models import Webhook
from homeward_api.examples import EXAMPLES
from homeward_api.schema import schema
from tests.council import TODAY, Council

# These do away with what others name, so they are asked last.
LAST = ("handBackPackage", "removeWebhook")
ORDER = sorted(EXAMPLES, key=lambda name: (name in LAST, name))


def test_every_question_and_mutation_has_an_example():
    roots = (schema.graphql_schema.query_type, schema.graphql_schema.mutation_type)

    assert {name for root in roots for name in root.fields} == set(EXAMPLES)


def own_things(council: Council) -> dict[str, str]:
    """Give P1 one of everything an example names, and return their ids by that name."""
    own = {"authority": council.authority, "provider": council.providers["P1"]}
    user, now = council.provider_users["P1"], timezone.now()
    delivered = council.package(1)
    award = awards.award_package(
        actor=council[Role.BROKER],
        package=delivered,
        provider=council.providers["P1"],
        lot=delivered.lot,
        reason="nearest",
        now=now,
    )
    lost, asked, offered = (council.released(number) for number in (2, 3, 4))
    mine = [row.invitations.get(provider__ref="P1") for row in (lost, asked, offered)]
    terms = OfferTerms(starts_on=TODAY, weekly_minutes=210)
    offer = offers.make_offer(actor=user, invitation=mine[2], terms=terms, now=now)
    awards.award_package(
        actor=council[Role.BROKER],
        package=lost.package,
        provider=council.providers["P2"],
        lot=lost.package.lot,
        reason="nearer",
        now=now,
    )
    home = CareHome.objects.create(
        name="The Elms", postcode="HR1 1AA", kinds=["residential"], beds=20, **own
    )
    return {
        "package": delivered,
        "invitation": mine[1],
        "decided": mine[0],
        "offer": offer,
        "home": home,
        "reviewTask": ReviewTask.objects.create(
            package=delivered, kind="trusted", due_on=TODAY, **own
        ),
        "handBack": HandBack.objects.create(
            package=delivered,
            award=award,
            reason="needs_changed",
            words="more is needed",
            state="submitted",
            submitted_by=user,
            submitted_at=now,
            **own,
        ),
        "webhook": Webhook.objects.create(url="https://example.org/hook", secret="s", **own),
    }


def filled(value: Any, things: dict[str, str]) -> Any:
    """Return an example's variables with ids in the places of the words in braces."""
    if isinstance(value, dict):
        return {name: filled(one, things) for name, one in value.items()}
    if not (isinstance(value, str) and value.startswith("{") and value.endswith("}")):
        return value
    return things.get(value[1:-1], value)


def test_every_example_is_answered(council, p1):
    things = {name: str(row.public_id) for name, row in own_things(council).items()}
    things |= {"day": (TODAY + timedelta(days=7)).isoformat(), "lot": "O-A"}
    for name in ORDER:
        if name == "handBackPackage":
            HandBack.objects.update(state="withdrawn")  # one waits at a time
        if name in ("makeOffer", "declinePackage"):
            release = council.released(20 + ORDER.index(name))
            things["invitation"] = str(release.invitations.get(provider__ref="P1").public_id)
        example = EXAMPLES[name]

        answer = p1.ask(example.query, **filled(example.variables, things))

        assert answer.status == 200, (name, answer.text)
        given = answer.data[name]
        problems = given.get("problems", []) if isinstance(given, dict) else []
        assert problems == [], (name, json.dumps(problems))
