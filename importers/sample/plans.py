"""What each sample council is asked to look like: published figures and invented market."""

from dataclasses import dataclass
from datetime import date

from importers.sample.places import Town


@dataclass(frozen=True)
class Home:
    """Clients and weekly carer-hours of a zone (O) or of a lot's zones (D).

    `nights` are ten-hour sleep-ins a week and `live_in` people with 24-hour care; both count in
    `hours`.
    """

    zones: tuple[str, ...]
    clients: int
    hours: int
    nights: int = 0
    live_in: int = 0


@dataclass(frozen=True)
class Award:
    """A provider's place in a lot; `weight` is its share of the lot's work.

    `starts_after_days` counts from the day the sample is as at; None means from the lot's start.
    """

    provider: str
    tier: str
    weight: float
    starts_after_days: int | None = None


@dataclass(frozen=True)
class LotPlan:
    """A lot: its zones, who is awarded, and how much of its open hours the providers can take.

    `full` names a provider with no room left; `scarce` counts open packages given PEG feeding.
    `lead_share` is what the lead was promised of new referrals.
    """

    code: str
    name: str
    pathway: str
    zones: tuple[str, ...]
    awards: tuple[Award, ...]
    room: float = 1.4
    full: str | None = None
    scarce: int = 0
    lead_share: str | None = None


@dataclass(frozen=True)
class ProviderPlan:
    """A fictional provider."""

    ref: str
    name: str
    rating: str
    skills: str
    town: str
    in_house: bool = False


@dataclass(frozen=True)
class CouncilPlan:
    """A whole sample council."""

    code: str
    name: str
    prefix: str
    leading: int
    framework: str
    framework_starts: date
    framework_ends: date
    standstill_ends: date | None
    zone_map: str
    zone_map_from: date
    towns: tuple[Town, ...]
    homes_o: tuple[Home, ...]
    homes_d: tuple[Home, ...]
    lots: tuple[LotPlan, ...]
    providers: tuple[ProviderPlan, ...]
    open_share: float
    home_first_people: int
    carers: int


BASIC = "medication+hoist+dementia"
MOST = f"{BASIC}+catheter+diabetes+stoma+end_of_life"
ALL = f"{MOST}+peg"
EVERY = ("A", "B", "C", "D", "E")

HEREFORDSHIRE = CouncilPlan(
    code="herefordshire",
    name="Herefordshire Council",
    prefix="HC",
    leading=1,
    framework="Help to Live at Home",
    framework_starts=date(2017, 7, 1),
    framework_ends=date(2027, 7, 1),
    standstill_ends=None,
    zone_map="Zones 2016",
    zone_map_from=date(2016, 7, 1),
    # Centres: the middle of the postcodes around each market place.
    towns=(
        Town("Hereford", 52.0567, -2.7150),
        Town("Leominster", 52.2282, -2.7385),
        Town("Bromyard", 52.1890, -2.5080),
        Town("Kington", 52.2040, -3.0290),
        Town("Ledbury", 52.0350, -2.4240),
        Town("Ross-on-Wye", 51.9145, -2.5830),
    ),
    # Published in the council's 2016 plan: clients and weekly hours by zone and lot.
    homes_o=(
        Home(("A",), 161, 1682),
        Home(("B",), 178, 2174),
        Home(("C",), 152, 1696),
        Home(("D",), 191, 2352),
        Home(("E",), 86, 1295),
    ),
    # Nights and live-in care make seven tenths of the hours: the plan's blended rate assumes it.
    # A & B: 78 × 10 + 168 = 948 of 1,355 (70.0 %); C, D, E: 51 × 10 + 168 = 678 of 975 (69.5 %).
    homes_d=(
        Home(("A", "B"), 29, 1355, nights=78, live_in=1),
        Home(("C", "D", "E"), 29, 975, nights=51, live_in=1),
    ),
    lots=(
        LotPlan(
            "O-A",
            "Zone A",
            "O",
            ("A",),
            (
                Award("P01", "lead", 0.55),
                Award("P02", "additional", 0.20),
                Award("P03", "additional", 0.15),
                Award("P04", "dps", 0.10),
            ),
        ),
        LotPlan(
            "O-B",
            "Zone B",
            "O",
            ("B",),
            (
                Award("P05", "lead", 0.50),
                Award("P01", "additional", 0.25),
                Award("P06", "additional", 0.15),
                Award("P07", "dps", 0.10),
            ),
        ),
        LotPlan(
            "O-C",
            "Zone C",
            "O",
            ("C",),
            (
                Award("P08", "lead", 0.60),
                Award("P02", "additional", 0.15),
                Award("P09", "additional", 0.15),
                Award("P04", "dps", 0.10),
            ),
            full="P02",
            scarce=1,
        ),
        LotPlan(
            "O-D",
            "Zone D",
            "O",
            ("D",),
            (
                Award("P03", "lead", 0.52),
                Award("P09", "additional", 0.20),
                Award("P10", "additional", 0.18),
                Award("P11", "dps", 0.10),
                Award("P12", "dps", 0.00, starts_after_days=10),
            ),
        ),
        LotPlan(
            "O-E",
            "Zone E",
            "O",
            ("E",),
            (
                Award("P06", "lead", 0.55),
                Award("P05", "additional", 0.30),
                Award("P12", "dps", 0.15),
            ),
            room=0.6,
            scarce=1,
        ),
        LotPlan(
            "D-AB",
            "Complex A & B",
            "D",
            ("A", "B"),
            (
                Award("P07", "lead", 0.60),
                Award("P10", "additional", 0.25),
                Award("P01", "additional", 0.15),
            ),
        ),
        LotPlan(
            "D-CDE",
            "Complex C, D, E",
            "D",
            ("C", "D", "E"),
            (
                Award("P11", "lead", 0.60),
                Award("P08", "additional", 0.30),
                Award("P12", "dps", 0.10),
            ),
        ),
        LotPlan("M", "Home First", "M", EVERY, (Award("HF", "lead", 1.0),), room=0.0),
    ),
    providers=(
        ProviderPlan("P01", "Larkmead Homecare (fictional)", "Good", MOST, "Hereford"),
        ProviderPlan("P02", "Quillbrook Care (fictional)", "Outstanding", ALL, "Hereford"),
        ProviderPlan("P03", "Thornapple Support (fictional)", "Good", MOST, "Ross-on-Wye"),
        ProviderPlan("P04", "Perrycroft Home Help (fictional)", "Good", BASIC, "Hereford"),
        ProviderPlan("P05", "Hopkiln Care at Home (fictional)", "Good", MOST, "Leominster"),
        ProviderPlan("P06", "Marlpit Community Care (fictional)", "Good", MOST, "Kington"),
        ProviderPlan("P07", "Teasel Complex Care (fictional)", "Good", ALL, "Leominster"),
        ProviderPlan(
            "P08", "Foxmallow Homecare (fictional)", "Requires improvement", MOST, "Ledbury"
        ),
        ProviderPlan("P09", "Dapplewood Care (fictional)", "Good", MOST, "Ledbury"),
        ProviderPlan("P10", "Merrystow Living (fictional)", "Good", MOST, "Hereford"),
        ProviderPlan("P11", "Brackenholt Complex Care (fictional)", "Good", ALL, "Ross-on-Wye"),
        ProviderPlan(
            "P12", "Oxlip Rural Care (fictional)", "Requires improvement", BASIC, "Bromyard"
        ),
        ProviderPlan("HF", "Home First", "Good", ALL, "Hereford", in_house=True),
    ),
    open_share=0.145,
    home_first_people=150,
    carers=52,
)


def _lot(code: str, name: str, zone: str, *awards: Award) -> LotPlan:
    led = any(award.tier == "lead" for award in awards)
    return LotPlan(code, name, "O", (zone,), awards, lead_share="majority" if led else None)


NOTTINGHAMSHIRE = CouncilPlan(
    code="nottinghamshire",
    name="Nottinghamshire County Council",
    prefix="NC",
    leading=2,
    framework="Home Based Care and Support",
    framework_starts=date(2018, 7, 1),
    framework_ends=date(2028, 7, 1),
    standstill_ends=date(2018, 7, 5),
    zone_map="Lots 2018",
    zone_map_from=date(2018, 7, 1),
    towns=(
        Town("Mansfield", 53.1440, -1.1960),
        Town("Newark-on-Trent", 53.0765, -0.8085),
        Town("Worksop", 53.3040, -1.1230),
        Town("Retford", 53.3220, -0.9430),
        Town("Beeston", 52.9270, -1.2160),
        Town("Arnold", 53.0030, -1.1280),
        Town("West Bridgford", 52.9320, -1.1270),
    ),
    homes_o=(
        Home(("BA",), 4, 46),
        Home(("BR",), 4, 42),
        Home(("GE",), 4, 44),
        Home(("MA",), 5, 60),
        Home(("NS",), 4, 48),
        Home(("RU",), 3, 36),
    ),
    homes_d=(),
    lots=(
        _lot("1", "Bassetlaw", "BA", Award("N01", "lead", 0.7), Award("N04", "additional", 0.3)),
        _lot("2", "Broxtowe", "BR", Award("N02", "lead", 0.7), Award("N03", "additional", 0.3)),
        _lot("3", "Gedling", "GE", Award("N02", "lead", 0.7), Award("N04", "additional", 0.3)),
        _lot(
            "4",
            "Mansfield and Ashfield",
            "MA",
            Award("N01", "lead", 0.5),
            Award("NIH", "additional", 0.5),
        ),
        _lot("5", "Newark and Sherwood", "NS", Award("N03", "lead", 0.7), Award("N01", "dps", 0.3)),
        _lot(
            "6",
            "Rushcliffe",
            "RU",
            Award("N04", "additional", 0.7),
            Award("N02", "additional", 0.3),
        ),
    ),
    providers=(
        ProviderPlan("N01", "Oakrill Homecare (fictional)", "Good", MOST, "Worksop"),
        ProviderPlan("N02", "Lacemarket Care (fictional)", "Good", MOST, "Arnold"),
        ProviderPlan("N03", "Trentfold Support (fictional)", "Good", MOST, "Newark-on-Trent"),
        ProviderPlan("N04", "Majorwood Care (fictional)", "Good", MOST, "West Bridgford"),
        ProviderPlan("NIH", "County Reablement", "Good", ALL, "Mansfield", in_house=True),
    ),
    open_share=0.25,
    home_first_people=0,
    carers=3,
)

PLANS = (HEREFORDSHIRE, NOTTINGHAMSHIRE)
