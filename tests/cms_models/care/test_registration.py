"""Registering packages from a case system: what changes, and what is never taken back."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cms_models.accounts.roles import Role
from cms_models.care.models import Award, CarePackage
from cms_models.care.selectors import stored_packages
from cms_models.care.services.awards import award, end_package
from cms_models.care.services.registration import register_packages
from tests.council import TODAY, package_terms


def register(council, **changes):
    """Register package 1 again with changes."""
    return register_packages(actor=council.system, terms=[package_terms(1, **changes)], on=TODAY)


def test_the_same_terms_twice_change_nothing(council):
    council.package(1)

    again = register(council)

    assert (again.new, again.updated, again.unchanged) == (0, 0, 1)


def test_a_new_pattern_ends_the_old_one_and_is_priced(council):
    package = council.package(1)

    register(council, pattern="Mon-Fri 08:00-09:00 60m")

    package.refresh_from_db()
    assert (package.weekly_minutes, package.weekly_pence) == (300, 5 * 1580)
    assert package.patterns.filter(valid_to=None).count() == 1
    assert package.patterns.exclude(valid_to=None).count() == 1


def test_an_extract_older_than_an_award_does_not_take_it_back(council):
    package = council.package(1)
    award(
        actor=council[Role.BROKER],
        package=package,
        provider=council.providers["P1"],
        lot=package.lot,
        reason="nearest",
    )

    assert register(council).unchanged == 1
    assert Award.objects.get(current=True).provider == council.providers["P1"]


def test_an_extract_older_than_a_notice_does_not_take_the_end_back(council):
    package = council.package(1, status="active", organisation_ref="P1")
    end_package(
        actor=council[Role.BROKER], package=package, notice_on=TODAY, died_on=None, reason="moved"
    )

    assert register(council, status="active", organisation_ref="P1").unchanged == 1
    package.refresh_from_db()
    # 28 days from the day after notice are paid; the day after those has no care
    assert package.ends_on == TODAY + timedelta(days=29)


def test_al_10_ending_a_package_keeps_the_reason_and_ends_its_award(council):
    package = council.package(1, status="active", organisation_ref="P1")

    ended = end_package(
        actor=council[Role.BROKER],
        package=package,
        notice_on=TODAY,
        died_on=TODAY + timedelta(days=4),
        reason="died",
    )

    assert ended.ends_on == TODAY + timedelta(days=5)  # AL-11: the last day is the death
    assert Award.objects.get().ends_on == ended.ends_on
    with pytest.raises(PermissionDenied):
        end_package(
            actor=council[Role.FINANCE],
            package=package,
            notice_on=TODAY,
            died_on=None,
            reason="x",
        )
    with pytest.raises(ValidationError, match="before the package began"):
        end_package(
            actor=council[Role.BROKER],
            package=package,
            notice_on=TODAY,
            died_on=TODAY - timedelta(days=1),
            reason="x",
        )


def test_zn_03_a_complex_person_in_zone_b_lies_in_the_complex_lot(council):
    package = council.package(1, postcode="HR3 3CC", pathway="D", element_type="Home care D")

    assert (package.zone.code, package.lot.code, package.area) == ("B", "D-AB", "rural")


def test_rt_05_a_sleep_in_and_a_rural_hour_are_priced_by_their_lines(council):
    package = council.package(1, pattern="Mon 22:00 600m sleep_in; Tue 08:00 60m")

    assert package.weekly_pence == 12800 + 1580  # 10 h × £12.80 and one hour at £15.80
    assert ["sleep-in" in line["rule"] for line in package.price_lines].count(True) == 1
    assert CarePackage.objects.count() == 1


def test_stored_packages_are_read_as_terms_in_three_queries(council, django_assert_num_queries):
    council.package(1, pattern="Mon 08:00 30m; Tue 08:00 30m x2 hoist")
    council.package(2, status="active", organisation_ref="P1", skills=("medication", "hoist"))

    with django_assert_num_queries(3):
        one, two = stored_packages(CarePackage.objects.all())

    assert one.terms == package_terms(1, pattern="Mon 08:00 30m; Tue 08:00 30m x2 hoist")
    assert two.terms == package_terms(
        2, status="active", organisation_ref="P1", skills=("hoist", "medication")
    )
    assert (one.award_source, two.award_source) == ("", "imported")


def test_writing_a_change_leaves_every_other_field_and_package_as_it_was(council):
    first, second = council.package(1), council.package(2)
    CarePackage.objects.update(notice_on=TODAY)  # stated by no extract

    register(council, funder="CHC", ends_on=TODAY + timedelta(days=9))

    stored = {row.pk: row for row in CarePackage.objects.all()}
    changed, other = stored[first.pk], stored[second.pk]
    assert (changed.funder, changed.version, changed.notice_on) == ("CHC", 2, TODAY)
    assert (changed.public_id, changed.created_at) == (first.public_id, first.created_at)
    assert (other.funder, other.version) == ("Local authority", 1)


def test_an_end_stated_of_a_package_ends_its_award_and_its_award_goes_on(council):
    package = council.package(1, status="active", organisation_ref="P1")
    ends_on = TODAY + timedelta(days=30)

    register(council, status="active", organisation_ref="P1", ends_on=ends_on)

    (kept,) = package.awards.all()
    assert (kept.current, kept.ends_on, kept.provider.ref) == (True, ends_on, "P1")


def test_packages_of_one_pattern_are_priced_each_by_its_area_and_first_day(council):
    council.package(9)
    cases = [
        ("HR1 1AA", date(2017, 6, 1)),
        ("HR3 3CC", date(2017, 6, 1)),
        ("HR1 1AA", date(2017, 6, 1)),
        ("HR1 1AA", date(2017, 7, 1)),
    ]
    terms = [
        package_terms(
            n, person_id="9000009", postcode=postcode, starts_on=day, pattern="Mon 08:00 60m"
        )
        for n, (postcode, day) in enumerate(cases, start=1)
    ]

    register_packages(actor=council.system, terms=terms, on=date(2017, 6, 30))

    rows = CarePackage.objects.filter(starts_on__lt=TODAY).order_by("package_ref")
    # An hour of the 2016 card is £14.76 urban and £15.76 rural; the 2017 card has £15.80 for both.
    assert [row.weekly_pence for row in rows] == [1476, 1576, 1476, 1580]
