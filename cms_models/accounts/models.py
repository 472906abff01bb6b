"""Councils, the people who sign in, and the one door of permission: `visible_to(user)`."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.functional import cached_property

from cms_models.accounts.roles import GRANTS, ROLE_LABELS, Grants, Role, is_staff_role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class AuthorityQuerySet(models.QuerySet):
    """Councils, each seen by its own people only."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the user's own council, or nothing."""
        return self.filter(pk=getattr(user, "authority_id", None))


class Authority(models.Model):
    """A council: every record belongs to exactly one."""

    code = models.SlugField(unique=True, help_text="Short name used in addresses and files.")
    name = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1, editable=False)
    # Another one whenever the council's own fields change: who keeps them made up looks here.
    own_fields_stamp = models.CharField(max_length=32, blank=True, editable=False)

    objects = AuthorityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "authorities"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class TenantQuerySet(models.QuerySet):
    """Rows of one council, seen by that council's staff only."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the rows this user may see: staff see their council's, nobody else sees any.

        Models that providers or carers may see widen this in their own queryset.
        """
        if not isinstance(user, User) or not user.is_active or user.authority_id is None:
            return self.none()
        if not user.may_view(self.model):
            return self.none()
        return self.filter(authority_id=user.authority_id)


class TenantModel(models.Model):
    """A record of one council, with a public id and a version that guards against stale edits."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    # Values of the council's own fields by key (cms_models.fields): no migration for a new field.
    custom = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True


class CouncilRole(TenantModel):
    """What a role sees and changes in one council: a standard role edited, or one of its own.

    A standard role without a row has the grants of roles.py.
    """

    code = models.SlugField(max_length=20)
    name = models.CharField(max_length=60)
    view = models.JSONField("sees", default=list, blank=True)
    change = models.JSONField("changes", default=list, blank=True)

    class Meta:
        verbose_name = "role"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["authority", "code"], name="one_role_a_code")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def grants(self) -> Grants:
        """What the role may see and change."""
        return Grants(frozenset(self.view), frozenset(self.change))


class UserQuerySet(TenantQuerySet):
    """Users of one council; the machine's own actor is not shown."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the users of the same council."""
        return super().visible_to(user).exclude(role=Role.SYSTEM)


class PersonnelManager(UserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Django's user manager with the one door of permission."""


class User(AbstractUser):
    """Somebody who signs in, or the named actor of the machine (role system)."""

    authority = models.ForeignKey(
        Authority, null=True, blank=True, on_delete=models.PROTECT, related_name="users"
    )
    role = models.CharField(
        max_length=20, choices=[(role.value, label) for role, label in ROLE_LABELS.items()]
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = PersonnelManager()

    class Meta:
        ordering = ["username"]

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    def get_role_display(self) -> str:
        """Return what the role is called, the council's own roles too."""
        if self.role in ROLE_LABELS:
            return ROLE_LABELS[Role(self.role)]
        own = CouncilRole.objects.filter(authority_id=self.authority_id, code=self.role).first()
        return own.name if own else self.role

    @cached_property
    def grants(self) -> Grants:
        """What the user's role sees and changes in this council: asked once a user object."""
        if is_staff_role(self.role):
            own = CouncilRole.objects.filter(authority_id=self.authority_id, code=self.role).first()
            if own is not None:
                return own.grants
        return GRANTS[Role(self.role)] if self.role in GRANTS else Grants()

    def may(self, action: str, model: type[models.Model]) -> bool:
        """Return whether the user's role grants `action` on `model` (rows are scoped elsewhere)."""
        meta = model._meta
        return self.has_perm(f"{meta.app_label}.{action}_{meta.model_name}")

    def must(self, action: str, model: type[models.Model]) -> None:
        """Refuse in words unless the user's role grants `action` on `model`."""
        if not self.may(action, model):
            what = model._meta.verbose_name_plural
            raise PermissionDenied(f"{self} ({self.get_role_display()}) may not {action} {what}.")

    def may_view(self, model: type[models.Model]) -> bool:
        """Return whether the user's role sees this kind of record at all."""
        return self.may("view", model)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, keeping Django's superuser switch off: nobody stands above the roles."""
        self.is_superuser = False
        self.is_staff = is_staff_role(self.role)
        super().save(*args, **kwargs)


class ApiKeyQuerySet(models.QuerySet):
    """Keys of one council's providers, seen by whom they act as and who manages sign-ins."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Return the keys of the user's council if the role sees them, else the user's own."""
        if not isinstance(user, User) or user.authority_id is None or not user.is_active:
            return self.none()
        if not user.may_view(ApiKey):
            return self.filter(user=user)
        return self.filter(user__authority_id=user.authority_id)

    def live(self, now: datetime) -> Self:
        """Return the keys that open anything now."""
        return self.filter(revoked_at=None, expires_at__gt=now)


class ApiKey(models.Model):
    """A provider's key to the GraphQL door: acts as its user, is kept only as a digest."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    # What it may do (accounts.domain.SCOPES); empty for everything its user may.
    scopes = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
