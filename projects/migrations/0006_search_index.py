import logging
from typing import Any

from django.db import DatabaseError, migrations, transaction

EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
INDEX = "CREATE INDEX IF NOT EXISTS project_search ON projects_project USING gin (search_text gin_trgm_ops)"
log = logging.getLogger(__name__)


def index(apps: Any, schema_editor: Any) -> None:
    """PostgreSQL finds a part of a text by its trigrams.

    The extension is a trusted one: whoever may create in the database may have it. Without it the search reads every
    text, which is slower and finds the same.
    """
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(EXTENSION)
            cursor.execute(INDEX)
    except DatabaseError as error:
        log.warning("no index for the search of projects: %s", error)


def no_index(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS project_search")


class Migration(migrations.Migration):
    dependencies = [("projects", "0005_search_text")]

    operations = [migrations.RunPython(index, no_index)]
