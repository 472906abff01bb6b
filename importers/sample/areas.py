"""Which postcode sectors make which zone: the rules `cut_postcodes` follows, drawn by hand."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Area:
    """A council's area: sectors by zone, and where sectors straddle its border, an outline.

    `zones` maps a zone code to (name, postcode sectors). Sectors in `straddling` keep only the
    postcodes inside `outline`, given in kilometres of the British National Grid. `keep_every`
    thins the postcode list (1 keeps all).
    """

    code: str
    files: tuple[str, ...]
    zones: dict[str, tuple[str, str]]
    straddling: frozenset[str] = frozenset()
    outline: tuple[tuple[float, float], ...] = ()
    keep_every: int = 1
    zone_of_sector: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        sectors = {s: zone for zone, (_, listed) in self.zones.items() for s in _expand(listed)}
        object.__setattr__(self, "zone_of_sector", sectors)


def _expand(listed: str) -> list[str]:
    """Turn "HR1 1 2, HR4 0" into its sectors: HR1 1, HR1 2, HR4 0."""
    sectors = []
    for group in listed.split(","):
        district, *digits = group.split()
        sectors += [f"{district} {digit}" for digit in digits]
    return sectors


# Drawn on the kilometre grid so that postcodes of the straddling sectors fall on the right side;
# it is no boundary survey.
HEREFORDSHIRE_OUTLINE = (
    (323.3, 242.2),
    (323.2, 242.65),
    (323.0, 242.7),
    (323.0, 243.1),
    (323.2, 244.8),
    (324.2, 245.3),
    (324.0, 246.6),
    (324.3, 247.6),
    (322.5, 248.0),
    (323.2, 250.0),
    (324.4, 250.2),
    (325.4, 249.9),
    (325.8, 250.3),
    (326.5, 250.7),
    (327.0, 250.8),
    (327.0, 251.8),
    (325.8, 251.9),
    (325.0, 251.5),
    (323.6, 252.0),
    (324.0, 253.1),
    (324.8, 253.5),
    (324.9, 254.0),
    (325.6, 254.3),
    (326.0, 255.6),
    (327.0, 257.0),
    (326.7, 258.6),
    (327.2, 260.0),
    (327.8, 261.0),
    (329.5, 261.4),
    (330.2, 263.3),
    (331.4, 263.2),
    (332.4, 263.3),
    (333.0, 264.0),
    (332.2, 264.3),
    (331.6, 264.65),
    (331.6, 265.6),
    (332.3, 266.3),
    (332.0, 267.8),
    (331.9, 269.6),
    (333.4, 270.4),
    (334.8, 271.5),
    (335.8, 272.6),
    (336.2, 273.4),
    (336.8, 274.5),
    (337.4, 274.8),
    (337.6, 275.6),
    (338.2, 276.8),
    (338.7, 276.7),
    (339.2, 276.2),
    (340.0, 276.6),
    (341.0, 276.4),
    (344.5, 277.4),
    (345.0, 275.9),
    (346.0, 275.3),
    (346.3, 274.4),
    (347.2, 273.6),
    (347.4, 272.4),
    (348.8, 271.6),
    (348.9, 270.0),
    (350.1, 269.8),
    (350.4, 268.6),
    (351.6, 267.8),
    (352.4, 268.6),
    (353.4, 269.0),
    (354.4, 270.0),
    (354.4, 271.2),
    (355.9, 271.2),
    (356.3, 269.6),
    (357.4, 268.8),
    (357.4, 267.9),
    (355.8, 267.8),
    (355.4, 265.8),
    (358.4, 265.9),
    (359.0, 265.4),
    (357.8, 264.6),
    (357.7, 263.8),
    (357.2, 261.2),
    (359.5, 261.2),
    (361.0, 261.0),
    (361.5, 261.6),
    (363.0, 261.8),
    (363.4, 261.0),
    (364.3, 261.9),
    (364.8, 261.2),
    (365.8, 262.4),
    (365.7, 264.4),
    (367.4, 264.0),
    (368.0, 265.5),
    (369.3, 265.6),
    (369.8, 264.4),
    (370.6, 264.2),
    (370.8, 263.5),
    (370.2, 263.2),
    (368.0, 262.2),
    (367.0, 260.6),
    (368.5, 259.8),
    (370.0, 260.1),
    (371.0, 259.6),
    (372.0, 259.3),
    (372.9, 259.0),
    (372.8, 257.2),
    (372.0, 255.6),
    (371.4, 254.6),
    (370.7, 253.0),
    (371.3, 251.5),
    (372.0, 250.2),
    (374.2, 250.5),
    (375.4, 250.2),
    (376.0, 248.9),
    (375.8, 246.7),
    (375.5, 245.0),
    (376.2, 244.9),
    (376.9, 244.3),
    (376.85, 242.0),
    (376.6, 240.4),
    (375.9, 238.0),
    (375.2, 236.0),
    (374.0, 235.5),
    (373.0, 234.6),
    (372.7, 233.5),
    (370.6, 233.6),
    (370.3, 234.9),
    (368.7, 235.1),
    (367.0, 235.2),
    (366.8, 232.7),
    (366.3, 230.5),
    (367.0, 229.0),
    (366.2, 228.5),
    (366.8, 227.5),
    (368.2, 227.2),
    (368.05, 226.6),
    (368.2, 225.9),
    (368.1, 225.3),
    (368.6, 224.7),
    (369.5, 224.2),
    (369.0, 223.5),
    (368.2, 221.5),
    (367.2, 220.8),
    (365.3, 221.1),
    (364.6, 219.4),
    (363.0, 218.8),
    (361.6, 218.4),
    (360.5, 218.3),
    (359.0, 219.0),
    (358.6, 217.6),
    (356.5, 215.8),
    (354.5, 214.4),
    (353.6, 215.5),
    (352.8, 215.6),
    (352.3, 216.2),
    (351.0, 216.5),
    (349.5, 215.9),
    (348.5, 216.8),
    (346.6, 218.7),
    (347.0, 220.5),
    (345.2, 221.2),
    (344.6, 222.4),
    (343.8, 223.7),
    (343.4, 225.0),
    (342.2, 225.2),
    (340.8, 225.2),
    (339.9, 226.9),
    (337.5, 225.8),
    (336.4, 224.4),
    (335.4, 224.2),
    (333.8, 223.2),
    (333.0, 223.3),
    (333.5, 225.2),
    (332.4, 226.0),
    (331.4, 227.0),
    (330.4, 229.0),
    (329.0, 230.0),
    (327.5, 232.0),
    (328.0, 234.5),
    (326.5, 237.0),
    (325.5, 237.7),
    (325.5, 239.3),
    (323.8, 241.2),
)

HEREFORDSHIRE = Area(
    code="herefordshire",
    files=("hr", "gl", "ld", "np", "sy", "wr"),
    zones={
        "A": ("Hereford", "HR1 1 2 9, HR2 6 7, HR4 0 9"),
        "B": (
            "Leominster, Bromyard and the north",
            "HR6 0 6 8 9, HR7 4, SY7 0 9, SY8 2 4, WR6 5 6, WR15 8",
        ),
        "C": ("Ledbury and the east", "HR1 3 4, HR8 1 2 9, WR13 5 6, WR14 4, GL18 1 2"),
        "D": (
            "Ross-on-Wye, the south and the Golden Valley",
            "HR2 0 8 9, HR9 5 6 7 9, GL17 0 9, NP25 3 5, NP7 8",
        ),
        "E": ("Kington, Weobley and the west", "HR3 5 6, HR4 7 8, HR5 3, LD8 2"),
    },
    straddling=frozenset(
        _expand(
            "GL17 0 9, GL18 1 2, HR3 5 6, HR5 3, HR7 4, HR8 1 2, HR9 7, LD8 2, NP25 3 5, NP7 8,"
            "SY7 0 9, SY8 2 4, WR13 5 6, WR14 4, WR15 8, WR6 5 6"
        )
    ),
    outline=HEREFORDSHIRE_OUTLINE,
)

# The six lots of the 2018 tender. Nottingham itself is another council; its ground is shared out
# among the lots around it so that the map has no hole.
NOTTINGHAMSHIRE = Area(
    code="nottinghamshire",
    files=("ng", "dn", "le", "s"),
    zones={
        "BA": ("Bassetlaw", "S80 1 2 3, S81 0 7 8 9, DN22 0 6 7 8 9, DN10 4 5"),
        "BR": ("Broxtowe", "NG9 1 2 3 4 5 6, NG16 1 2 3"),
        "GE": ("Gedling", "NG3 5 6, NG4 1 2 3 4, NG5 6 7 8 9, NG14 5 6, NG15 9"),
        "MA": (
            "Mansfield and Ashfield",
            "NG15 6 7 8, NG16 5 6, NG17 1 2 3 4 5 7 8 9, NG18 1 2 3 4 5, NG19 0 6 7 8 9, NG20 0",
        ),
        "NS": (
            "Newark and Sherwood",
            "NG14 7, NG21 0 9, NG22 0 8 9, NG23 5 6 7, NG24 1 2 3 4, NG25 0",
        ),
        "RU": ("Rushcliffe", "NG2 5 6 7, NG11 0 6 9, NG12 1 2 3 4 5, NG13 0 8 9, LE12 5 6"),
    },
    keep_every=40,
)

AREAS = (HEREFORDSHIRE, NOTTINGHAMSHIRE)
