from django.db import migrations

from liuke.customers import index


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [migrations.RunPython(index.install, index.remove)]
