from django.apps import AppConfig


class CoachingConfig(AppConfig):
    name = "liuke.coaching"
    label = "coaching"
    verbose_name = "练习和案例"
