"""Telephone numbers, WeChat, addresses and the history of changes become sealed columns; 0006 seals what is there."""

from django.db import migrations, models

from liuke.vault import sealing
from liuke.vault.fields import SealedTextField


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_organisations"), ("vault", "0001_initial")]

    operations = [
        migrations.RunPython(sealing.make_keys, migrations.RunPython.noop),
        migrations.RemoveIndex("customer", "customer_phone"),
        migrations.RemoveIndex("phone", "phone_number"),
        migrations.RemoveIndex("phone", "phone_last4"),
        migrations.RemoveConstraint("phone", "phone_once"),
        migrations.AddField("phone", "digest", models.CharField(default="", max_length=32), preserve_default=False),
        migrations.AddField("phone", "last4_digest", models.CharField(default="", max_length=32), preserve_default=False),
        migrations.AlterField("phone", "number", SealedTextField(max_length=32, verbose_name="号码")),
        migrations.AlterField("customer", "phone", SealedTextField(blank=True, max_length=32, verbose_name="电话")),
        migrations.AlterField("customer", "wechat", SealedTextField(blank=True, max_length=64, verbose_name="微信")),
        migrations.AlterField("customer", "address", SealedTextField(blank=True, max_length=300, verbose_name="地址")),
        migrations.AlterField("contact", "phone", SealedTextField(blank=True, max_length=32, verbose_name="电话")),
        migrations.AlterField("contact", "wechat", SealedTextField(blank=True, max_length=64, verbose_name="微信")),
        migrations.AlterField("fieldchange", "old", SealedTextField(blank=True, verbose_name="原来")),
        migrations.AlterField("fieldchange", "new", SealedTextField(blank=True, verbose_name="改成")),
    ]
