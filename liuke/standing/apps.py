from django.apps import AppConfig


class StandingConfig(AppConfig):
    name = "liuke.standing"
    label = "standing"
    verbose_name = "洞察结果"
