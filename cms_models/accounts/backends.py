"""Django's question "may this user …?" answered from the table of roles."""

from typing import Any

from axes.backends import AxesStandaloneBackend
from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from cms_models.accounts.models import User
from cms_models.accounts.roles import Role, grants_allow, is_staff_role


class Throttle(AxesStandaloneBackend):
    """Refuses a name or an address that failed too often, before any password is looked at."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        """Raise while either is locked out; commands and tests sign in without a request."""
        if request is not None:
            super().authenticate(request, **credentials)


class RoleBackend(ModelBackend):
    """Password sign-in for people; permissions by role, never by group rows."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Refuse the machine's own actor: nobody signs in as it."""
        return super().user_can_authenticate(user) and user.role != Role.SYSTEM

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Return whether the user's role grants `perm`; rows are scoped by `visible_to`."""
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        if perm == "wagtailadmin.access_admin":
            return is_staff_role(user_obj.role)
        return grants_allow(user_obj.grants, permission=perm)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        """Return whether the user may enter the staff admin at all."""
        return self.has_perm(user_obj, "wagtailadmin.access_admin")

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """Return nothing to enumerate: permissions are computed, not stored."""
        return set()
