"""The database itself refuses to change or delete an audit entry."""

from django.db import migrations

SQLITE = [
    f"""
    CREATE TRIGGER audit_no_{action.lower()} BEFORE {action} ON audit_auditentry
    BEGIN SELECT RAISE(ABORT, 'The audit is append-only.'); END
    """
    for action in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    """
    CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'The audit is append-only.'; END $$
    """,
    """
    CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_append_only()
    """,
]
UNDO = {
    "sqlite": ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"],
    "postgresql": [
        "DROP TRIGGER audit_append_only ON audit_auditentry",
        "DROP FUNCTION audit_append_only()",
    ],
}


def _run(schema_editor, statements):
    for statement in statements:
        schema_editor.execute(statement)


def protect(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    _run(schema_editor, SQLITE if vendor == "sqlite" else POSTGRESQL)


def unprotect(apps, schema_editor):
    _run(schema_editor, UNDO[schema_editor.connection.vendor])


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunPython(protect, unprotect)]
