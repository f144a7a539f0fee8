from django.apps import AppConfig


class ImprovementConfig(AppConfig):
    name = "liuke.improvement"
    label = "improvement"
    verbose_name = "改进"
