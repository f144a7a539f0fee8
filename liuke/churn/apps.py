from django.apps import AppConfig


class ChurnConfig(AppConfig):
    name = "liuke.churn"
    label = "churn"
    verbose_name = "流失和挽回"
