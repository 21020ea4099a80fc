"""The events that name a project become links to it, where it may be delivered: where it belongs to the event's
creator, or both are the scheduler's. Who put the others in is not known any more; they need to be put in anew.

In batches, each a transaction of its own, so that nobody waits; safe to run twice, and beside the version that
still runs: what changed meanwhile is left alone.
"""

from collections import defaultdict

from django.db import migrations, models

from photonranch.db.operations import AddIndexOnline

BATCH = 1000
SCHEDULER = "lco"


def link(apps, schema_editor):
    events = apps.get_model("reservations", "Reservation").objects.using(schema_editor.connection.alias)
    after = ""
    while batch := list(
        events.filter(pk__gt=after, project_id__contains="#", linked_project=None)
        .order_by("pk")
        .only("pk", "project_id", "creator_id", "by_scheduler")[:BATCH]
    ):
        after = batch[-1].pk
        named = _named(apps, schema_editor, {event.project_id for event in batch})
        found = defaultdict(list)
        for event in batch:
            project = named.get(event.project_id)
            if project is None:
                continue
            if project.user_id == event.creator_id:
                found[project.pk, event.project_id, ""].append(event.pk)
            elif event.by_scheduler and project.origin.lower() == SCHEDULER:
                found[project.pk, event.project_id, "scheduler"].append(event.pk)
        for (project, project_id, by), keys in found.items():
            # An event that names another project by now was changed by a person.
            events.filter(pk__in=keys, project_id=project_id, linked_project=None).update(
                linked_project=project, linked_by=by
            )


def _named(apps, schema_editor, texts):
    """Text of an event -> the project that stands under that name."""
    projects = apps.get_model("projects", "Project").objects.using(schema_editor.connection.alias)
    keys = {}
    for text in texts:
        name, _, created_at = text.partition("#")
        if name not in ("", "none") and created_at not in ("", "undefined"):
            keys[name, created_at] = text
    rows = projects.filter(
        project_name__in={name for name, _ in keys}, created_at__in={created_at for _, created_at in keys}
    ).only("pk", "project_name", "created_at", "user_id", "origin")
    return {
        keys[row.project_name, row.created_at]: row
        for row in rows
        if (row.project_name, row.created_at) in keys
    }


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("projects", "0001_projects"),
        ("reservations", "0004_link_events_to_projects"),
    ]

    operations = [
        AddIndexOnline(
            model_name="reservation",
            index=models.Index(
                condition=models.Q(("linked_project__isnull", False)),
                fields=["linked_project"],
                name="reservation_link",
            ),
        ),
        migrations.RunPython(link, migrations.RunPython.noop),
    ]
