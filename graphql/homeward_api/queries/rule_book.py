"""The rule book, any edition, any day."""

from datetime import date
from typing import Any

import graphene
from graphql import GraphQLResolveInfo

from cms_models.rulebook.models import RuleBookEdition
from cms_models.rulebook.selectors import edition_asked
from homeward_api.execution import Ask
from homeward_api.types.rule_book import RuleBook


class RuleBookQueries:
    """What a provider may ask about the rules."""

    rule_book = graphene.Field(
        RuleBook,
        description="The rules in plain English as they held on a day; null before there were any.",
        as_of=graphene.Date(description="The day; today when left out."),
        edition=graphene.Int(description="This edition, whatever the day."),
    )

    @staticmethod
    def resolve_rule_book(
        _root: Any,
        info: GraphQLResolveInfo,
        as_of: date | None = None,
        edition: int | None = None,
    ) -> dict[str, Any] | None:
        """Return the edition asked for."""
        ask: Ask = info.context
        editions = RuleBookEdition.objects.visible_to(ask.user)
        found = edition_asked(editions, number=edition, on=as_of or ask.on)
        if found is None:
            return None
        return {
            "edition": found.number,
            "valid_from": found.valid_from,
            "digest": found.digest,
            "chapters": found.chapters,
        }
