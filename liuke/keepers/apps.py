from django.apps import AppConfig


class KeepersConfig(AppConfig):
    name = "liuke.keepers"
    label = "keepers"
    verbose_name = "归属"
