from django.apps import AppConfig


class PlaybooksConfig(AppConfig):
    name = "liuke.playbooks"
    label = "playbooks"
    verbose_name = "打法"
