from django.apps import AppConfig


class InteractionsConfig(AppConfig):
    name = "liuke.interactions"
    label = "interactions"
    verbose_name = "接触"
