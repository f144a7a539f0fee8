from django.apps import AppConfig


class SatisfactionConfig(AppConfig):
    name = "liuke.satisfaction"
    label = "satisfaction"
    verbose_name = "满意度"
