from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "liuke.complaints"
    label = "complaints"
    verbose_name = "投诉"
