from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "liuke.visits"
    label = "visits"
    verbose_name = "拜访"
