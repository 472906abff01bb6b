"""Editions of the rule book, open to everybody."""

from typing import TYPE_CHECKING, Self

from django.db import models

from cms_models.accounts.models import TenantModel, TenantQuerySet, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class EditionQuerySet(TenantQuerySet):
    """Editions: published for everybody; who signs in sees those of the own council."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the editions this user may read: there is nothing confidential in any."""
        if isinstance(user, User) and user.authority_id is not None:
            return self.filter(authority_id=user.authority_id)
        return self.all()


class RuleBookEdition(TenantModel):
    """What the rules in force said from a day on, drawn up from the configuration."""

    number = models.PositiveIntegerField()
    valid_from = models.DateField()
    chapters = models.JSONField()
    digest = models.CharField(max_length=64)

    objects = EditionQuerySet.as_manager()

    class Meta:
        verbose_name = "rule book edition"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "number"], name="one_edition_of_a_book")
        ]

    def __str__(self) -> str:
        return f"Rule book, edition {self.number}"
