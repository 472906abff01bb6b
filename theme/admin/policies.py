"""Wagtail's question "may this user …?", answered by the roles and by `visible_to(user)`."""

from collections.abc import Iterable

from django.apps import apps
from django.db import models
from wagtail.permission_policies import ModelPermissionPolicy
from wagtail.permissions import register_permission_policy

from cms_models.accounts.models import User
from cms_models.accounts.roles import EVERYTHING


class RolePolicy(ModelPermissionPolicy):
    """The role decides what may be done, `visible_to` decides to which rows."""

    def user_has_permission(self, user: User, action: str) -> bool:
        """Return whether the user's role grants an action on this kind of record."""
        return user.is_authenticated and user.may(action, self.model)

    def user_has_permission_for_instance(
        self, user: User, action: str, instance: models.Model
    ) -> bool:
        """Return whether the role grants the action and the row is of the user's council."""
        return self.user_has_permission(user, action) and (
            self.model.objects.visible_to(user).filter(pk=instance.pk).exists()
        )

    def instances_user_has_any_permission_for(
        self, user: User, actions: Iterable[str]
    ) -> models.QuerySet:
        """Return the user's own rows when the role grants any of the actions."""
        if self.user_has_any_permission(user, actions):
            return self.model.objects.visible_to(user)
        return self.model.objects.none()


def register_policies() -> None:
    """Register the policy of every model that the table of roles names."""
    for label in sorted(EVERYTHING):
        model = apps.get_model(label)
        register_permission_policy(model, RolePolicy(model), exact_class=True)
