from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "liuke.notices"
    label = "notices"
    verbose_name = "通知"
