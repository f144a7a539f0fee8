from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "liuke.privacy"
    label = "privacy"
    verbose_name = "个人信息"

    def ready(self) -> None:
        from liuke.privacy.queries import opted_out
        from liuke.work import wishes

        wishes.register(opted_out)
