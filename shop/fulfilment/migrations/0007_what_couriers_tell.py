import django.db.models.deletion
from django.db import migrations, models

STATUSES = [
    ("collected", "Collected by the courier"),
    ("in_transit", "On the way"),
    ("customs", "At the customs"),
    ("delivering", "Out for delivery"),
    ("signed", "Signed for"),
    ("problem", "Held up"),
    ("refused", "Refused by the receiver"),
    ("returning", "On its way back"),
    ("returned", "Back at the sender"),
    ("other", "News of the courier"),
]
WATCH_STATES = [
    ("waiting", "To be asked for"),
    ("watched", "The courier's news come in"),
    ("ended", "Nothing more will come"),
    ("failed", "No news can be had"),
    ("replaced", "The number was corrected"),
]
KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):

    dependencies = [
        ("fulfilment", "0005_after_sales"),
    ]

    operations = [
        migrations.AddField(
            model_name="parcel",
            name="trouble",
            field=models.CharField(blank=True, choices=STATUSES, default="", help_text="as its courier tells", max_length=12),
        ),
        migrations.AddField(
            model_name="parcel",
            name="trouble_at",
            field=models.DateTimeField(help_text="when we heard of it; the clock was stopped then unless it stood already", null=True),
        ),
        migrations.AddField(
            model_name="parcel",
            name="trouble_settled_at",
            field=models.DateTimeField(help_text="when staff had seen to it", null=True),
        ),
        migrations.AddIndex(
            model_name="parcel",
            index=models.Index(
                condition=models.Q(models.Q(("trouble", ""), _negated=True), ("trouble_settled_at", None)),
                fields=["trouble_at"],
                name="parcel_in_trouble",
            ),
        ),
        migrations.CreateModel(
            name="TrackingWatch",
            fields=[
                ("id", KEY.clone()),
                ("provider", models.CharField(max_length=20)),
                ("company", models.CharField(help_text="what the service calls the courier", max_length=40)),
                ("number", models.CharField(max_length=40)),
                ("state", models.CharField(choices=WATCH_STATES, default="waiting", max_length=10)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField(help_text="when it is asked next; moved ahead while somebody asks")),
                ("created_at", models.DateTimeField()),
                ("watched_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("last_error", models.CharField(blank=True, default="", max_length=200)),
                ("parcel", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="watches", to="fulfilment.parcel")),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("state", "waiting")), fields=["due_at"], name="tracking_watch_due"),
                    models.Index(fields=["provider", "company", "number"], name="tracking_watch_number"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("provider", "company", "number", "parcel"), name="tracking_watch_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "replaced"), _negated=True), fields=("parcel",), name="tracking_watch_of_parcel"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TrackingPush",
            fields=[
                ("id", KEY.clone()),
                ("provider", models.CharField(max_length=20)),
                ("digest", models.CharField(max_length=64)),
                ("company", models.CharField(max_length=40)),
                ("number", models.CharField(max_length=40)),
                ("body", models.TextField()),
                ("received_at", models.DateTimeField()),
                ("applied_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField(help_text="when it is applied next, if it could not be at once")),
                ("outcome", models.CharField(blank=True, default="", max_length=20)),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("applied_at", None)), fields=["due_at"], name="tracking_push_waiting")],
                "constraints": [models.UniqueConstraint(fields=("provider", "digest"), name="tracking_push_once")],
            },
        ),
        migrations.CreateModel(
            name="TrackingEvent",
            fields=[
                ("id", KEY.clone()),
                ("at", models.DateTimeField()),
                ("digest", models.CharField(help_text="sha256 of the text", max_length=64)),
                ("text", models.CharField(max_length=500)),
                ("status", models.CharField(choices=STATUSES, default="other", max_length=12)),
                ("code", models.CharField(blank=True, default="", help_text="the service's own code", max_length=10)),
                ("place", models.CharField(blank=True, default="", max_length=80)),
                ("recorded_at", models.DateTimeField()),
                ("parcel", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="tracking_events", to="fulfilment.parcel")),
            ],
            options={
                "ordering": ["-at", "-id"],
                "constraints": [models.UniqueConstraint(fields=("parcel", "at", "digest"), name="tracking_event_once")],
            },
        ),
    ]
