from django.apps import AppConfig


class KeepersConfig(AppConfig):
    name = "liuke.keepers"
    label = "keepers"
    verbose_name = "归属"

    def ready(self) -> None:
        from liuke.keepers import told

        told.register_words()
