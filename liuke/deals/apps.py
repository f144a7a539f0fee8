from django.apps import AppConfig


class DealsConfig(AppConfig):
    name = "liuke.deals"
    label = "deals"
    verbose_name = "成交"
