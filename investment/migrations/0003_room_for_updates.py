from django.db import migrations


def leave_room(apps, schema_editor):
    """Group rows are updated all day: with room in its page a row keeps its place, and no index is touched."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE investment_groupprogress SET (fillfactor = 70)")


class Migration(migrations.Migration):
    dependencies = [("investment", "0002_initial")]

    operations = [migrations.RunPython(leave_room, migrations.RunPython.noop)]
