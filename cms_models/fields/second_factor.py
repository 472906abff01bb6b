"""Who shows a second factor: a rule of the council, so it is asked below the rules."""

from cms_models.accounts.models import User
from cms_models.accounts.roles import is_staff_role
from cms_models.audit.second_factors import app_of
from cms_models.fields.selectors import rule_value


def needs_second_factor(user: User) -> bool:
    """Return whether a user shows a second factor: staff whose council asks, or who have one."""
    if not is_staff_role(user.role):
        return False
    asked: bool = rule_value(user.authority, "accounts.staff_need_second_factor")
    return asked or app_of(user) is not None
