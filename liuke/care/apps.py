from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "liuke.care"
    label = "care"
    verbose_name = "关怀"
