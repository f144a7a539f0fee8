from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "liuke.notify"
    label = "notify"
    verbose_name = "发送"
