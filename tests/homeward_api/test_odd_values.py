"""Odd values in mutations about records that exist: said to the caller, never a fault of ours."""

import pytest
from django.utils import timezone

from cms_models.brokerage.models import Offer
from cms_models.market.models import CareHome

FAR, LONG = 2**31 - 1, "x" * 20_000
MUTATIONS = {
    "makeOffer": (
        "startsOn: $day, weeklyMinutes: $number, pricePence: $number, conditions: $text",
        "invitation",
    ),
    "declinePackage": ("reason: OTHER, words: $text", "invitation"),
    "askQuestion": ("text: $text", "invitation"),
    "sendMessage": ("text: $text", None),
    "handBackPackage": (
        'reason: SAFETY, words: $text, evidence: {name: $text, base64: "?"}',
        "package",
    ),
    "declareCapacity": ('lot: "O-A", minutesPerWeek: $number, fromDay: $day, words: $text', None),
    "setVacancy": ("kind: RESIDENTIAL, free: $number, weeklyPence: $number", "home"),
    "setWebhook": ("url: $text", None),
    "setNoticeWishes": ("kinds: []", None),
    "registerDocument": ("text: $text", None),
}
VALUES = [
    {"day": "0001-01-01", "number": -1, "text": ""},
    {"day": "9999-12-31", "number": FAR, "text": LONG},
    {"day": "2026-11-23", "number": 0, "text": "http://[::1"},
    {"day": "2026-11-24", "number": 1, "text": " ‮\x01\ufeff "},
]


@pytest.mark.parametrize("values", VALUES, ids=["least", "most", "nothing", "odd"])
def test_odd_values_are_said_and_nothing_is_masked(council, p1, values):
    release, delivered = council.released(1), council.package(2, organisation_ref="P1")
    home = CareHome.objects.create(
        authority=council.authority,
        provider=council.providers["P1"],
        name="The Elms",
        postcode="HR1 1AA",
        kinds=["residential"],
        beds=3,
    )
    ids = {
        "invitation": release.invitations.get(provider__ref="P1").public_id,
        "package": delivered.public_id,
        "home": home.public_id,
    }
    for name, (takes, about) in MUTATIONS.items():
        target = f'{about}: "{ids[about]}", ' if about else ""
        declared = "".join(
            f"${one}: {kind}! "
            for one, kind in (("day", "Date"), ("number", "Int"), ("text", "String"))
            if f"${one}" in takes
        )
        opening = f"mutation ({declared})" if declared else "mutation"
        query = (
            f'{opening} {{ {name}(idempotencyKey: "{name}", {target}{takes}) '
            "{ problems { code field message } } }"
        )
        answer = p1.ask(query, **{key: one for key, one in values.items() if f"${key}" in takes})

        assert answer.status == 200, (name, answer.text)
        assert set(answer.codes) <= {"NOT_FOUND", "BAD_USER_INPUT"}, (name, answer.text)
    assert Offer.objects.filter(starts_on__lt=timezone.localdate()).count() == 0
