from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "liuke.work"
    label = "work"
    verbose_name = "今日"

    def ready(self) -> None:
        from liuke.work import handing, promising

        handing.register("promises.promise", promising.Keepers())
