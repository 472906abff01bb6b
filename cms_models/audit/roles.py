"""The only writer of a council's roles with their audit entries: accounts come before the audit."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction

from cms_models.accounts.models import CouncilRole, User
from cms_models.accounts.roles import Grants, Role, grants_refusal
from cms_models.audit.services import delete_record, save_record


def save_role(
    *, actor: User, role: CouncilRole, expected_version: int | None, reason: str = ""
) -> CouncilRole:
    """Save what a role sees and changes; what is changed is seen too.

    Raises StaleEdit when somebody saved it in between.
    """
    actor.must("change", CouncilRole)
    grants = Grants(frozenset(role.view), frozenset(role.change))
    refusal = grants_refusal(code=role.code, grants=grants)
    if refusal:
        raise ValidationError(refusal)
    role.view, role.change = _kept(grants.view | grants.change), _kept(grants.change)
    role.full_clean(exclude=["authority"])
    return save_record(actor=actor, record_=role, expected_version=expected_version, reason=reason)


def _kept(labels: Iterable[str]) -> list[str]:
    return sorted(labels)


def delete_role(*, actor: User, role: CouncilRole) -> None:
    """Give a standard role its first grants back, or remove a role of the council's own.

    Refused while somebody has a role that would be gone.
    """
    actor.must("delete", CouncilRole)
    holders = User.objects.filter(authority_id=role.authority_id, role=role.code)
    if role.code not in set(Role) and holders.exists():
        named = ", ".join(sorted(str(one) for one in holders)[:5])
        raise ValidationError(f"{role} is still the role of {named}: give them another one first.")
    with transaction.atomic():
        delete_record(actor=actor, record_=role)
