from django.db import migrations, models

LEAVE_BY = [
    ("prior", "行业包的假设"),
    ("band", "同样周期数的老客户"),
    ("bgnbd", "BG/NBD 模型"),
    ("mbgnbd", "MBG/NBD 模型"),
    ("paretonbd", "Pareto/NBD 模型"),
    ("additive", "按过往结果学出来的模型"),
    ("person", "人工判断"),
]


class Migration(migrations.Migration):
    dependencies = [("standing", "0004_only_books")]

    operations = [
        migrations.AddField(
            model_name="churnfit",
            name="renewals",
            field=models.JSONField(default=dict, verbose_name="续约"),
        ),
        migrations.AlterField(
            model_name="churnfit",
            name="key",
            field=models.CharField(choices=LEAVE_BY, max_length=12, verbose_name="模型"),
        ),
        migrations.AlterField(
            model_name="standing",
            name="leave_by",
            field=models.CharField(blank=True, choices=LEAVE_BY, max_length=12, verbose_name="流失概率出自"),
        ),
    ]
