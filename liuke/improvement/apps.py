from datetime import date

from django.apps import AppConfig
from django.utils.translation import gettext


class ImprovementConfig(AppConfig):
    name = "liuke.improvement"
    label = "improvement"
    verbose_name = "改进"

    def ready(self) -> None:
        from liuke.notices.words import register
        from liuke.work.words import spoken_day

        def task(slots: object) -> str:
            assert isinstance(slots, dict)
            due = date.fromisoformat(slots["due"])
            return gettext("%(who)s请您做一件改进：%(text)s，%(day)s前。") % {**slots, "day": spoken_day(due, due)}

        register("improvement.owner", lambda slots: gettext("%(who)s请您负责改进“%(title)s”。") % slots)
        register("improvement.task", task)
        register("improvement.due", lambda slots: gettext("改进“%(title)s”看满天数了，可以量改之后的数。") % slots)
        register("improvement.late", lambda slots: gettext("改进“%(title)s”过了日子还没结束。") % slots)
