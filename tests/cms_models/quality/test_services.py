"""Quality frameworks: published when their weights add up."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from cms_models.quality import services
from cms_models.quality.domain import standard_changes
from cms_models.quality.models import QualityFramework
from tests.council import TODAY


def draft(council, *weights: str) -> QualityFramework:
    """Draft a framework with a standard a weight."""
    standards = [
        {"domain": "Dignity", "code": str(n), "statement": "I …", "weight": Decimal(weight)}
        for n, weight in enumerate(weights)
    ]
    return services.draft_framework(
        actor=council.system, title="QAF", edition=1, introduction="", standards=standards
    )


def test_qa_03_weights_that_do_not_add_up_are_refused_with_the_sum(council):
    framework = draft(council, "50", "49.5")

    with pytest.raises(ValidationError, match=r"add up to 99\.5, not 100"):
        services.publish_framework(actor=council.system, framework=framework, on=TODAY)

    framework.refresh_from_db()
    assert framework.state == "draft"


def test_qa_01_a_published_framework_is_seen_by_the_councils_providers_only(council, other_council):
    framework = draft(council, "25", "25", "25", "25")
    provider = council.provider_users["P1"]
    assert not QualityFramework.objects.visible_to(provider).exists()

    services.publish_framework(actor=council.system, framework=framework, on=TODAY)

    assert QualityFramework.objects.visible_to(provider).get().published_on == TODAY
    assert not QualityFramework.objects.visible_to(other_council.provider_users["P1"]).exists()


def test_what_changes_names_each_standard_that_is_new_gone_or_otherwise():
    before = {"1": ("Safe", Decimal("50.00")), "2": ("Kind", Decimal(30)), "3": ("X", Decimal(20))}
    after = {"1": ("Safe", Decimal(40)), "2": ("Kinder", Decimal(30)), "4": ("New", Decimal(30))}

    assert standard_changes(before, after) == [
        "Standard 3 is no longer asked.",
        "Standard 4 is new, with weight 30.",
        "Standard 1: weight 50 → 40.",
        "Standard 2: another wording.",
    ]
    assert standard_changes(before, before) == []
