from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "liuke.care"
    label = "care"
    verbose_name = "关怀"

    def ready(self) -> None:
        from liuke.care import outcomes, saying
        from liuke.work import kinds
        from liuke.work.labels import TaskKind

        manner = kinds.Manner(
            saying.reason, saying.settled, saying.say, saying.OUTCOMES, finished=outcomes.finished, undone=outcomes.undone
        )
        kinds.register(TaskKind.CARE, manner)
