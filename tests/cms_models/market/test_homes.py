"""Care homes: stated by their provider or by staff, with what is free and what a week costs."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import Role
from cms_models.market.homes import set_home, set_vacancy, take_bed
from cms_models.market.models import CareHome, Vacancy
from tests.council import TODAY

HOME = {"name": "The Orchard", "postcode": "hr11aa", "kinds": ["nursing"], "beds": 30}


def test_a_provider_states_its_own_home_and_vacancy_and_nobody_elses(council):
    own, other = council.provider_users["P1"], council.provider_users["P2"]

    home = set_home(actor=own, provider=council.providers["P1"], **HOME)

    assert (home.postcode, home.kinds) == ("HR1 1AA", ["nursing"])
    with pytest.raises(PermissionDenied):
        set_home(actor=other, provider=council.providers["P2"], home=home, **HOME)
    stated = {"home": home, "kind": "nursing", "weekly_pence": 125_000, "today": TODAY}
    with pytest.raises(PermissionDenied):
        set_vacancy(actor=other, free=2, as_at=TODAY, **stated)
    set_vacancy(actor=own, free=2, as_at=TODAY, **stated)
    set_vacancy(actor=council[Role.BROKER], free=1, as_at=TODAY, **stated)
    assert Vacancy.objects.get().free == 1
    assert not CareHome.objects.visible_to(other).exists()
    assert Vacancy.objects.visible_to(own).count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "residential"}, "not registered for residential care"),
        ({"free": 31}, "31 free beds are not possible: The Orchard has 30 beds"),
        ({"weekly_pence": 0}, "at most £10,000"),
        ({"as_at": date(2026, 11, 24)}, "lies in the future"),
    ],
)
def test_an_impossible_vacancy_is_refused_by_name(council, changes, words):
    broker = council[Role.BROKER]
    home = set_home(actor=broker, provider=council.providers["P1"], **HOME)
    stated = {"home": home, "kind": "nursing", "free": 1, "weekly_pence": 125_000}

    with pytest.raises(ValidationError, match=words):
        set_vacancy(actor=broker, today=TODAY, **{**stated, "as_at": TODAY, **changes})

    assert not Vacancy.objects.exists()


def test_a_bed_awarded_is_no_longer_free(council):
    broker, provider = council[Role.BROKER], council.providers["P1"]
    home = set_home(actor=broker, provider=provider, **HOME)
    set_vacancy(
        actor=broker,
        home=home,
        kind="nursing",
        free=1,
        weekly_pence=125_000,
        as_at=TODAY,
        today=TODAY,
    )

    assert take_bed(actor=broker, provider=provider, kind="nursing").free == 0
    assert take_bed(actor=broker, provider=provider, kind="nursing") is None
