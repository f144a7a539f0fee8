from django.apps import AppConfig
from django.utils.translation import gettext


class SatisfactionConfig(AppConfig):
    name = "liuke.satisfaction"
    label = "satisfaction"
    verbose_name = "满意度"

    def ready(self) -> None:
        from liuke.notices.words import register
        from liuke.satisfaction import interviews, saying, settling
        from liuke.work import busy, kinds
        from liuke.work.labels import TaskKind

        kinds.register(
            TaskKind.SURVEY,
            kinds.Manner(
                saying.reason, saying.settled, saying.say, saying.OUTCOMES, finished=interviews.finished, undone=interviews.undone
            ),
        )
        busy.register(settling.followed)
        register("survey.send", lambda slots: gettext("“%(name)s”要发给 %(n)s 位客户，链接都备好了。") % slots)
        register("survey.remind", lambda slots: gettext("“%(name)s”还有 %(n)s 位没答，可以提醒一次。") % slots)
        register("survey.low_open", lambda slots: gettext("%(unit)s的扫码问卷里有 %(n)s 份低分，不知道是谁，请看看写了什么。") % slots)
