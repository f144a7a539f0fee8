import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0004_organisations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SampleWeek",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week", models.DateField(unique=True, verbose_name="哪一周")),
                ("per_owner", models.PositiveSmallIntegerField(verbose_name="每人几张")),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="谁抽的",
                    ),
                ),
            ],
            options={
                "verbose_name": "周样本",
            },
        ),
        migrations.CreateModel(
            name="SampleCard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "还没核"), ("done", "核过了"), ("unreached", "没联系上")],
                        default="waiting",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="打了几次")),
                ("next_on", models.DateField(null=True, verbose_name="哪天再打")),
                ("checked", models.PositiveSmallIntegerField(default=0, verbose_name="核了几项")),
                ("right", models.PositiveSmallIntegerField(default=0, verbose_name="几项对")),
                ("done_at", models.DateTimeField(null=True, verbose_name="核完时间")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer", verbose_name="客户"
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="谁核的",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="业务员"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="team.unit", verbose_name="门店"),
                ),
                (
                    "sample",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="cards", to="verification.sampleweek"),
                ),
            ],
            options={
                "verbose_name": "核查卡",
                "indexes": [
                    models.Index(fields=["sample", "state"], name="sample_card_state"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("sample", "customer"), name="sample_card_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CompletenessCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("cards", models.PositiveIntegerField(verbose_name="卡数")),
                ("points", models.PositiveBigIntegerField(verbose_name="完整度之和")),
                ("low", models.PositiveIntegerField(verbose_name="不到六成")),
                ("fingerprint", models.CharField(max_length=32)),
                ("at", models.DateTimeField(verbose_name="什么时候数的")),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="业务员",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="team.unit", verbose_name="门店"),
                ),
            ],
            options={
                "verbose_name": "完整度合计",
                "constraints": [
                    models.UniqueConstraint(fields=("unit", "owner"), name="completeness_once"),
                    models.UniqueConstraint(condition=models.Q(("owner", None)), fields=("unit",), name="completeness_nobody_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="FieldCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=40, verbose_name="字段")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("on", models.DateField(verbose_name="日期")),
                (
                    "result",
                    models.CharField(
                        choices=[("right", "对"), ("wrong", "不对"), ("changed", "不对，改了"), ("unreached", "没问到")],
                        max_length=10,
                        verbose_name="结果",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="谁问的"
                    ),
                ),
                (
                    "change",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="customers.fieldchange",
                        verbose_name="改动",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="customers.customer", verbose_name="客户"
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="checks",
                        to="verification.samplecard",
                        verbose_name="核查卡",
                    ),
                ),
            ],
            options={
                "verbose_name": "字段核实",
                "indexes": [models.Index(fields=["customer", "field", "-on"], name="field_check_card")],
            },
        ),
    ]
