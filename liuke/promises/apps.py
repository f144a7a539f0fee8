from django.apps import AppConfig


class PromisesConfig(AppConfig):
    name = "liuke.promises"
    label = "promises"
    verbose_name = "承诺"
