"""`manage.py verify_audit`: is every council's chain whole?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cms_models.accounts.models import Authority
from cms_models.audit.models import AuditHead
from cms_models.audit.selectors import chain_faults


class Command(BaseCommand):
    """Read every audit chain and name each fault."""

    help = "Verify the hash chain of every council's audit; exit 1 naming each fault."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line a council; fail when any chain has a fault."""
        faults = 0
        for authority in Authority.objects.all():
            found = list(chain_faults(authority))
            faults += len(found)
            head = AuditHead.objects.filter(authority=authority).first()
            state = "; ".join(found[:20]) or "whole"
            self.stdout.write(
                f"{authority.code}: {head.sequence if head else 0} entries, {state}"
                + (f", head {head.hash}" if head else "")
            )
        if faults:
            raise CommandError(f"The audit was tampered with: {faults} fault(s) named above.")
