from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "liuke.web"
    label = "web"

    def ready(self) -> None:
        from liuke.web import accounts  # noqa: F401 -- what happens to the second step of a log-in is written down from here on
