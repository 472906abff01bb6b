"""What the sample councils ask of their providers: Herefordshire's own aims, and PAMMS's shape."""

from typing import Any


def _kpi(
    code: str, name: str, target: float, formula: str, *, unit: str = "%", sense: str = "at_least"
) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "unit": unit,
        "sense": sense,
        "target": target,
        "formula": formula,
    }


# The targets are the sample's own; NICE QS123 names shares of missed and of short visits.
PUNCTUAL = _kpi(
    "K1",
    "Punctual visits",
    85,
    "Visits begun within 15 minutes of the planned time, of all visits delivered.",
)
MISSED = _kpi(
    "K2",
    "Missed visits",
    1,
    "Planned visits that nobody made, of all planned visits not cancelled in time.",
    sense="at_most",
)
CONTINUITY = _kpi(
    "K3",
    "Different carers",
    8,
    "Different carers whom a person with daily visits saw in four weeks, on average.",
    unit="carers",
    sense="at_most",
)
LONG_ENOUGH = _kpi(
    "K4",
    "Visits of half an hour or more",
    90,
    "Delivered visits of 30 minutes or more, of all delivered visits.",
)

# Four aims, each with the outcome that people tell it by (Help to Live at Home, figure 26.1); the
# criteria are the sample's own.
_HEREFORDSHIRE_AIMS = (
    (
        "Person-centred and independent",
        "I am treated with dignity and respect and helped to stay independent.",
        "Care plans in the person's own words; spot checks; reviews of what people can do again.",
        (("The care plan says in the person's words what matters to them.", 50, "Ten plans read"),
         ("What the person can do again is reviewed every six weeks.", 50, "Review dates")),
    ),
    (
        "Choice in everyday life",
        "I have choice and control over my care and my everyday life.",
        "Call times agreed with the person; changes asked for and made; continuity of carers.",
        (("Call times are agreed with the person and kept.", 60, "Visits against plans"),
         ("A change that was asked for is made within a week.", 40, "Log of changes")),
    ),
    (
        "Safe, effective practice",
        "I feel safe and comfortable in my own home.",
        "Missed and late calls; medication audits; safeguarding alerts and what was learned.",
        (("No visit is missed without somebody knowing within the hour.", 40, "Missed visits"),
         ("Medicines are given and recorded as prescribed.", 40, "Medication audit"),
         ("What went wrong is learned from.", 20, "Safeguarding log")),
    ),
    (
        "Good partnerships and leadership",
        "I am supported by well-trained staff who work well together.",
        "Training records; supervision; turnover; CQC registration and ratings.",
        (("Every carer holds the Care Certificate within twelve weeks.", 50, "Training records"),
         ("Every carer is supervised at least every three months.", 50, "Supervision notes")),
    ),
)  # fmt: skip

# The 5 domains and 16 standards of PAMMS by their names; what each asks is worded for the sample.
_PAMMS = (
    (
        "Involvement and information",
        (
            ("Respecting and involving", "People are respected and take part in their care."),
            ("Consent", "Nothing is done without the person's consent, and it is on file."),
        ),
    ),
    (
        "Personalised care and support",
        (
            ("Care and welfare", "Care is planned for the person and given as planned."),
            ("Nutritional needs", "People eat and drink enough, and as they wish."),
            ("Co-operating with other providers", "Others who care for the person know enough."),
        ),
    ),
    (
        "Safeguarding and safety",
        (
            ("Safeguarding", "People are kept from abuse, and worries are told at once."),
            ("Cleanliness and infection control", "Infections are kept from spreading."),
            ("Medicines", "Medicines are given safely and recorded."),
            ("Safety and suitability of premises", "Where care is given is safe for it."),
            ("Equipment", "Equipment is right for the person, safe and looked after."),
        ),
    ),
    (
        "Suitability of staffing",
        (
            ("Requirements relating to workers", "Whoever gives care was checked before."),
            ("Staffing", "There are enough people with the right skills at all times."),
            ("Supporting staff", "Staff are trained, supervised and heard."),
        ),
    ),
    (
        "Quality of management",
        (
            ("Assessing and monitoring quality", "The provider looks at its own quality and acts."),
            ("Complaints", "Complaints are answered and change something."),
            ("Records", "Records are right, up to date and kept safe."),
        ),
    ),
)


def _own() -> dict[str, Any]:
    return {
        "title": "Quality Assurance Framework",
        "version": 1,
        "introduction": (
            "What good help to live at home looks like: four aims, and the outcome by which "
            "the people who use it can tell that each is met."
        ),
        "domains": [
            {
                "title": aim,
                "standards": [
                    {
                        "code": str(number),
                        "statement": statement,
                        "weight": 25,
                        "evidence": evidence,
                        "criteria": [
                            {"text": text, "weight": weight, "evidence": shown}
                            for text, weight, shown in criteria
                        ],
                    }
                ],
            }
            for number, (aim, statement, evidence, criteria) in enumerate(
                _HEREFORDSHIRE_AIMS, start=1
            )
        ],
        "kpis": [PUNCTUAL, MISSED, CONTINUITY],
    }


def pamms_shaped() -> dict[str, Any]:
    """Return a framework of 5 domains and 16 standards; 16 × 6.25 % make the 100."""
    codes = iter(range(1, 17))
    return {
        "title": "Provider assessment framework",
        "version": 1,
        "introduction": "Five domains and sixteen standards, weighed alike, in the shape of PAMMS.",
        "domains": [
            {
                "title": domain,
                "standards": [
                    {
                        "code": str(next(codes)),
                        "statement": f"{name}. {statement}",
                        "weight": 6.25,
                        "evidence": "Records, a visit, and what people and staff say.",
                    }
                    for name, statement in standards
                ],
            }
            for domain, standards in _PAMMS
        ],
        "kpis": [PUNCTUAL, MISSED, LONG_ENOUGH],
    }


QUALITY_FRAMEWORKS: dict[str, list[dict[str, Any]]] = {
    "herefordshire": [_own()],
    "nottinghamshire": [pamms_shaped()],
}
