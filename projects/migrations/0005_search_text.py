from typing import Any

from django.db import migrations, models

from projects.spelling import searchable


def search_text(project: Any) -> str:
    leader, units = project.liaison_leader, (project.owner, project.responsible_unit)
    names = [project.name, *(unit.name for unit in units if unit)]
    names += [f"{leader.post} {leader.name}".rstrip()] if leader else []
    return searchable(names, [project.code, project.content])


def fill(apps: Any, schema_editor: Any) -> None:
    """Projects that were there before are found too."""
    project = apps.get_model("projects", "Project")
    found = list(project.objects.select_related("owner", "responsible_unit", "liaison_leader"))
    for row in found:
        row.search_text = search_text(row)
    project.objects.bulk_update(found, ["search_text"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("projects", "0004_history")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="search_text",
            field=models.TextField("查找用文字", default="", editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
