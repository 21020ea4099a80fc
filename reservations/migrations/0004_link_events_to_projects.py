"""An event points at the row of its project, beside the text that clients see.

Two columns that are null, or filled by the database: the version that still runs writes rows without them.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("projects", "0001_projects"),
        ("reservations", "0003_find_what_is_not_over"),
    ]

    operations = [
        migrations.AddField(
            model_name="reservation",
            name="linked_by",
            field=models.CharField(
                choices=[
                    ("", "anybody"),
                    ("admin", "an admin"),
                    ("site", "the site"),
                    ("scheduler", "the scheduler"),
                ],
                db_default="",
                default="",
                help_text="With whose right the project was put in: their own projects people put in themselves.",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="reservation",
            name="linked_project",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                editable=False,
                help_text="The project that stood under that name when it was put in, if it may be delivered here.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="projects.project",
            ),
        ),
        migrations.AlterField(
            model_name="reservation",
            name="project_id",
            field=models.CharField(
                default="none",
                help_text="project_name#created_at, or none: as clients see it.",
                max_length=600,
            ),
        ),
    ]
