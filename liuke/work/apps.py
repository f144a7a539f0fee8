from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "liuke.work"
    label = "work"
    verbose_name = "今日"

    def ready(self) -> None:
        from liuke.notices import words
        from liuke.work import handing, promising, raising

        words.register(raising.NOTICE, raising.say)
        handing.register("promises.promise", promising.Keepers())
