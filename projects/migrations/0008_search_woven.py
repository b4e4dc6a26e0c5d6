from importlib import import_module

from django.db import migrations

fill = import_module("projects.migrations.0005_search_text").fill  # as it is searched now: woven


class Migration(migrations.Migration):
    dependencies = [("projects", "0007_places_on_the_map")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
