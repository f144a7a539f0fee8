from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "liuke.privacy"
    label = "privacy"
    verbose_name = "个人信息"
