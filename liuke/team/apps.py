from django.apps import AppConfig


class TeamConfig(AppConfig):
    name = "liuke.team"
    label = "team"
    verbose_name = "人员"
