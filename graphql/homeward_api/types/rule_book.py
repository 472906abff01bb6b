"""The rule book: the rules in force in plain English."""

import graphene

from homeward_api.lists import BoundedList

CHAPTERS_COUNTED = 10
SENTENCES_COUNTED = 30


class RuleBookChapter(graphene.ObjectType):
    """A part of the rule book: what it answers, in sentences."""

    title = graphene.String(required=True, description="What the chapter answers.")
    sentences = BoundedList(
        graphene.String, most=SENTENCES_COUNTED, description="The answer, a sentence each."
    )


class RuleBook(graphene.ObjectType):
    """An edition of the rules by which packages are priced, placed and offered."""

    edition = graphene.Int(required=True, description="The edition's number.")
    valid_from = graphene.Date(required=True, description="The day it was drawn up.")
    digest = graphene.String(
        required=True, description="SHA-256 of its chapters: one digest, one text."
    )
    chapters = BoundedList(
        RuleBookChapter, most=CHAPTERS_COUNTED, description="Its chapters, in order."
    )
