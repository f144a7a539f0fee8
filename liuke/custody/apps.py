from django.apps import AppConfig


class CustodyConfig(AppConfig):
    name = "liuke.custody"
    label = "custody"
    verbose_name = "资料保管"
