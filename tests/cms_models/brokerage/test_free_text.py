"""Personal data found in free text before providers read it, and what is left alone."""

import pytest

from cms_models.brokerage.free_text import nhs_number_valid, personal_data_in

NAMES = ("Canaryfirst1 Jane", "O'Canary-Last")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CANARYFIRST1 likes tea", "“CANARYFIRST1” is the person's name."),
        ("Jane's daughter helps", "“Jane's” is the person's name."),
        ("as o'canary-last said", "“o'canary-last” is the person's name."),
        ("Mrs Jones next door has the key", "“Mrs Jones” looks like somebody's name."),
        ("call 01432 260 000", "“01432 260 000” looks like a phone number."),
        ("mobile 07700900123", "“07700900123” looks like a phone number."),
        ("ring +44 (0)7700 900123", "“+44 (0)7700 900123” looks like a phone number."),
        ("ring 0044 7700 900123", "“0044 7700 900123” looks like a phone number."),
        ("NHS 943 476 5919", "“943 476 5919” is an NHS number."),
        ("no. 9434765919.", "“9434765919” is an NHS number."),
        ("write to a.b+c@example.org", "“a.b+c@example.org” is an e-mail address."),
        ("lives at hr1 1aa", "“hr1 1aa” is a full postcode."),
        ("lives at HR11AA", "“HR11AA” is a full postcode."),
        ("born 01/03/1940", "“01/03/1940” looks like a date of birth."),
        ("DOB: 1-3-40", "“1-3-40” looks like a date of birth."),
        ("since 1940-03-01", "“1940-03-01” looks like a date of birth."),
        ("on 1st March 1940", "“1st March 1940” looks like a date of birth."),
        ("at 12 Canary Street", "“12 Canary Street” looks like an address."),
    ],
)
def test_what_tells_who_a_person_is_is_named(text, found):
    assert personal_data_in(text, names=NAMES) == [found]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Help to wash and dress, 30 minutes at 08:00, 7 days a week",
        "Two carers with a hoist from 01/12/2026",
        "A carer who drives; 0 to 10 points",
        "Medication at 08:00-08:30, 12:00-12:30 and 18:00-18:30",
        "943 476 5918 is no NHS number",  # the check digit would be 9
        "Zone A, lot O-A, district HR1",
        "Janet prefers the morning",  # a longer word is another word
    ],
)
def test_ordinary_words_about_care_are_left_alone(text):
    assert personal_data_in(text, names=NAMES) == []


@pytest.mark.parametrize(
    ("digits", "valid"),
    [
        # 9×10+4×9+3×8+4×7+7×6+6×5+5×4+9×3+1×2 = 299; 299 mod 11 = 2; 11 − 2 = 9
        ("9434765919", True),
        ("9434765918", False),
        ("0000000000", True),
        ("943476591", False),
        ("94347659190", False),
        ("94347659x9", False),
        ("٩434765919", False),
    ],
)
def test_an_nhs_number_is_told_by_its_check_digit(digits, valid):
    assert nhs_number_valid(digits) == valid


def test_an_endless_text_is_looked_through_quickly():
    text = "1 " * 50_000 + "a@" * 5_000 + "A" * 50_000

    assert personal_data_in(text, names=NAMES) == []
