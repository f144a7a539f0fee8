from django.apps import AppConfig


class MailingConfig(AppConfig):
    name = "liuke.mailing"
    label = "mailing"
    verbose_name = "邮寄"
