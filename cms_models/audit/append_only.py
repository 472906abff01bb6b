"""The database itself refuses to change or delete what was noted of reads of personal data.

The migration of the table and the tests, whose tables come from the models, both take it here.
"""

from typing import Any

TABLE = "audit_personalread"
SQLITE = [
    f"""
    CREATE TRIGGER {TABLE}_no_{action.lower()} BEFORE {action} ON {TABLE}
    BEGIN SELECT RAISE(ABORT, 'What was read is noted for good.'); END
    """
    for action in ("UPDATE", "DELETE")
]
# The function comes with the audit's own trigger, migration 0002.
POSTGRESQL = [
    f"""
    CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION audit_append_only()
    """,
]
UNDO = {
    "sqlite": [f"DROP TRIGGER {TABLE}_no_update", f"DROP TRIGGER {TABLE}_no_delete"],
    "postgresql": [f"DROP TRIGGER {TABLE}_append_only ON {TABLE}"],
}


def statements(vendor: str) -> list[str]:
    """Return what protects the table on a database."""
    return SQLITE if vendor == "sqlite" else POSTGRESQL


def protect(apps: Any, schema_editor: Any) -> None:
    """Protect the table: the forward step of its migration."""
    for statement in statements(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def unprotect(apps: Any, schema_editor: Any) -> None:
    """Take the protection off: the backward step."""
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement)
