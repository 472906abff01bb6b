"""What a provider states of itself: documents, capacity, homes and free beds."""

import graphene

from homeward_api.lists import BoundedList
from homeward_api.types.choices import DocumentKind, HomeKind
from homeward_api.types.terms import LotRef, ProviderRef

VACANCIES_COUNTED = 5


class Document(graphene.ObjectType):
    """A document you keep with the council, valid until a day."""

    id = graphene.ID(required=True, description="The document's public id.")
    provider = graphene.Field(ProviderRef, required=True, description="Whose document it is.")
    kind = graphene.Field(DocumentKind, required=True, description="What it is.")
    name = graphene.String(required=True, description="The file's name.")
    size_bytes = graphene.Int(required=True, description="Its size in bytes.")
    sha256 = graphene.String(required=True, description="Its SHA-256.")
    expires_on = graphene.Date(description="The first day it is no longer valid; null for no end.")


class DeclaredCapacity(graphene.ObjectType):
    """Carer-minutes a week you said you can take in a lot, from a day on."""

    id = graphene.ID(required=True, description="The statement's public id.")
    provider = graphene.Field(ProviderRef, required=True, description="Whose capacity it is.")
    lot = graphene.Field(LotRef, required=True, description="The lot.")
    minutes_per_week = graphene.Int(required=True, description="Carer-minutes a week.")
    from_day = graphene.Date(required=True, description="From this day on.")
    words = graphene.String(required=True, description="What you added; empty for nothing.")


class Vacancy(graphene.ObjectType):
    """Free beds of one kind in a home, and what a week costs."""

    id = graphene.ID(required=True, description="The vacancy's public id.")
    kind = graphene.Field(HomeKind, required=True, description="The kind of bed.")
    free = graphene.Int(required=True, description="How many are free.")
    weekly_pence = graphene.Int(required=True, description="Pence a week.")
    as_at = graphene.Date(required=True, description="The day this was so.")


class CareHome(graphene.ObjectType):
    """A care home of yours, with its free beds."""

    id = graphene.ID(required=True, description="The home's public id.")
    provider = graphene.Field(ProviderRef, required=True, description="Whose home it is.")
    name = graphene.String(required=True, description="The home's name.")
    cqc_location_id = graphene.String(required=True, description="The CQC's location id.")
    postcode = graphene.String(required=True, description="The home's postcode.")
    beds = graphene.Int(description="How many beds there are; null where it is not known.")
    vacancies = BoundedList(
        Vacancy, most=VACANCIES_COUNTED, description="Its free beds, one entry a kind."
    )
