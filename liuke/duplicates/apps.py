from django.apps import AppConfig


class DuplicatesConfig(AppConfig):
    name = "liuke.duplicates"
    label = "duplicates"
    verbose_name = "查重"
