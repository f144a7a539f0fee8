from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "liuke.segments"
    label = "segments"
    verbose_name = "分组"
