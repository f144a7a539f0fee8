from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "liuke.supervision"
    label = "supervision"
    verbose_name = "督导"
