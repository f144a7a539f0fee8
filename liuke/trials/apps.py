from django.apps import AppConfig


class TrialsConfig(AppConfig):
    name = "liuke.trials"
    label = "trials"
    verbose_name = "对照组"
