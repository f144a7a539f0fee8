from django.apps import AppConfig


class VerificationConfig(AppConfig):
    name = "liuke.verification"
    label = "verification"
    verbose_name = "核查"
