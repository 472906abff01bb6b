"""Quality frameworks: published when their weights add up."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from cms_models.accounts.roles import Role
from cms_models.quality import services
from cms_models.quality.domain import (
    CriterionTerms,
    StandardTerms,
    domain_weights,
    standard_changes,
    weights_refusals,
)
from cms_models.quality.models import QualityFramework
from cms_models.quality.selectors import by_domain, contents_token, framework_on
from importers.sample.quality import pamms_shaped
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


def test_qa_03_weights_are_refused_at_each_level_with_the_sum():
    def criteria(*weights: int) -> tuple[CriterionTerms, ...]:
        return tuple(CriterionTerms("Asked", Decimal(weight)) for weight in weights)

    standards = [
        StandardTerms("Dignity", "1", "I …", Decimal(60), "", criteria(70, 30)),
        StandardTerms("Safety", "2", "I …", Decimal(30), "", criteria(50, 40)),
        StandardTerms("Safety", "3", "I …", Decimal("9.5")),  # no criteria: nothing to add up
    ]

    assert weights_refusals(standards) == [
        "The weights of the standards add up to 99.5, not 100.",  # 60 + 30 + 9.5
        "The weights of the criteria of standard 2 add up to 90, not 100.",  # 50 + 40
    ]
    assert domain_weights(standards) == {"Dignity": Decimal(60), "Safety": Decimal("39.5")}


def test_qa_02_a_framework_in_the_shape_of_pamms_is_published(council):
    stated = pamms_shaped()
    standards = [
        {"domain": aim["title"], **one, "weight": Decimal(str(one["weight"]))}
        for aim in stated["domains"]
        for one in aim["standards"]
    ]
    framework = services.draft_framework(
        actor=council[Role.CONTRACT_MANAGER],
        title=stated["title"],
        edition=1,
        introduction=stated["introduction"],
        standards=standards,
        kpis=stated["kpis"],
    )

    services.publish_framework(actor=council.system, framework=framework, on=TODAY)

    found = framework_on(user=council.provider_users["P1"], on=TODAY)
    assert [len(rows) for rows in by_domain(found).values()] == [2, 3, 5, 3, 3]
    assert sum(row.weight for row in found.standards.all()) == 100  # 16 × 6.25
    assert found.kpis.count() == 3
    # Rating a provider by it, and the action plan that follows, come later.


def test_the_next_version_is_drafted_with_everything_and_only_once_at_a_time(council):
    framework = draft(council, "40", "60")
    actor = council.system
    services.publish_framework(actor=actor, framework=framework, on=TODAY)

    made = services.next_edition(actor=actor, framework=framework)

    assert (made.edition, made.state, made.contents) == (2, "draft", framework.contents)
    with pytest.raises(ValidationError, match="QAF, version 2 is not published yet"):
        services.next_edition(actor=actor, framework=framework)
    with pytest.raises(ValidationError, match="version 1 is approved, so it stays"):
        services.set_contents(
            actor=actor,
            framework=framework,
            opened=contents_token(framework),
            contents=framework.contents,
        )
