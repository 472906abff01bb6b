"""The portal is in the style of GOV.UK, without what only GOV.UK may show."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_no_crown_no_font_and_nothing_fetched_from_elsewhere():
    vendored = ROOT / "theme/static/vendor/govuk-frontend"
    own = ROOT / "theme/static/theme/portal/portal.css"

    for sheet in (vendored / "govuk-frontend.css", own):
        css = sheet.read_text()
        assert not any(word in css for word in ("url(", "@font-face", "GDS Transport", "crest"))
    assert "Crown Copyright" in (vendored / "LICENSE").read_text()
