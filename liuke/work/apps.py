from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "liuke.work"
    label = "work"
    verbose_name = "今日"
