from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "liuke.web"
    label = "web"
