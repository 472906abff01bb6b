"""After any sequence of reviews exactly one card is in force on any day."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cms_models.accounts.roles import Role
from cms_models.audit.services import delete_record
from cms_models.publication import services
from cms_models.publication.models import PublicationState
from cms_models.rates.domain import Line
from cms_models.rates.models import RateCard
from cms_models.rates.selectors import cards_in_force
from cms_models.rates.services import draft_card
from tests.council import Council

FURTHEST = 40


class Reviews(RuleBasedStateMachine):
    """A commissioner drafts, an administrator decides, in any order and for any days."""

    council: Council

    def __init__(self) -> None:
        super().__init__()
        self.today = timezone.localdate()
        self.drafted = 0
        self.example = transaction.atomic()
        self.example.__enter__()

    def teardown(self) -> None:
        """Take back what this example wrote: the next begins with the same council."""
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    def cards(self, state: str) -> list[RateCard]:
        rows = RateCard.objects.filter(authority=self.council.authority, state=state)
        return list(rows.filter(valid_from__gt=self.today).order_by("pk"))

    def is_taken(self, card: RateCard) -> bool:
        """Whether another approved card begins on the same day."""
        published = self.cards(PublicationState.PUBLISHED)
        return any(other.valid_from == card.valid_from for other in published)

    @rule(days=st.integers(1, FURTHEST))
    def draft(self, days: int) -> None:
        self.drafted += 1
        draft_card(
            actor=self.council[Role.COMMISSIONER],
            name=f"Card {self.drafted}",
            valid_from=self.today + timedelta(days=days),
            lines=[Line(None, None, "hourly", 1600 + self.drafted)],
        )

    @precondition(lambda self: self.cards(PublicationState.DRAFT))
    @rule(data=st.data())
    def submit(self, data: st.DataObject) -> None:
        card = data.draw(st.sampled_from(self.cards(PublicationState.DRAFT)))
        if not self.is_taken(card):
            services.submit(actor=self.council[Role.COMMISSIONER], version=card)
            return
        with pytest.raises(ValidationError, match="begins on"):
            services.submit(actor=self.council[Role.COMMISSIONER], version=card)
        delete_record(actor=self.council[Role.COMMISSIONER], record_=card)

    @precondition(lambda self: self.cards(PublicationState.SUBMITTED))
    @rule(data=st.data(), approves=st.booleans())
    def decide(self, data: st.DataObject, approves: bool) -> None:
        card = data.draw(st.sampled_from(self.cards(PublicationState.SUBMITTED)))
        actor = self.council[Role.ADMINISTRATOR]
        if not approves:
            services.send_back(actor=actor, version=card, text="Not yet")
        elif self.is_taken(card):
            with pytest.raises(ValidationError, match="begins on"):
                services.approve(actor=actor, version=card)
        else:
            services.approve(actor=actor, version=card)

    @precondition(lambda self: self.cards(PublicationState.PUBLISHED))
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        card = data.draw(st.sampled_from(self.cards(PublicationState.PUBLISHED)))
        services.withdraw(
            actor=self.council[Role.ADMINISTRATOR], version=card, text="No", today=self.today
        )

    @invariant()
    def one_card_a_day(self) -> None:
        rows = RateCard.objects.filter(authority=self.council.authority)
        approved = sorted(
            rows.filter(state=PublicationState.PUBLISHED), key=lambda card: card.valid_from
        )
        for days in range(FURTHEST + 2):
            day = self.today + timedelta(days=days)
            newest = [card for card in approved if card.valid_from <= day][-1]
            assert list(cards_in_force(rows, on=day)) == [newest]

    @invariant()
    def what_ended_a_card_begins_where_it_ends(self) -> None:
        for card in RateCard.objects.filter(authority=self.council.authority):
            if card.ended_by is not None:
                assert card.ended_by.valid_from == card.valid_to


def test_any_sequence_of_reviews_leaves_one_card_a_day(council):
    Reviews.council = council

    run_state_machine_as_test(
        Reviews,
        settings=settings(
            max_examples=15,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
