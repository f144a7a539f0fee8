from django.apps import AppConfig


class CustodyConfig(AppConfig):
    name = "liuke.custody"
    label = "custody"
    verbose_name = "资料保管"

    def ready(self) -> None:
        from liuke.custody import told

        told.register_words()
