from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="SealKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64, unique=True, verbose_name="名称")),
                ("use", models.CharField(choices=[("seal", "加密"), ("index", "查找")], default="seal", max_length=5, verbose_name="用途")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="指纹")),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="启用时间")),
                ("retired_at", models.DateTimeField(null=True, verbose_name="停用时间")),
            ],
            options={"verbose_name": "钥匙", "ordering": ["pk"]},
        ),
    ]
