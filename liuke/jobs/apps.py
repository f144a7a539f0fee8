from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "liuke.jobs"
    label = "jobs"
    verbose_name = "任务"
