from datetime import date

from django.apps import AppConfig
from django.utils.translation import gettext


class VisitsConfig(AppConfig):
    name = "liuke.visits"
    label = "visits"
    verbose_name = "拜访"

    def ready(self) -> None:
        from liuke.notices.words import register as notice
        from liuke.visits import going, words
        from liuke.visits import handing as travelling
        from liuke.visits.labels import Dropped
        from liuke.work import handing, kinds
        from liuke.work.labels import TaskKind
        from liuke.work.words import spoken_day

        kinds.register(
            TaskKind.VISIT,
            kinds.Manner(
                lambda task, pack, on, reader: words.reason(task.reasons, on),
                lambda task, outcome: words.settled(outcome),
                words.say,
                stays=False,  # a door that stays shut is tried so often, and then left to the next plan
                finished=going.finished,
                undone=going.undone,
            ),
        )
        handing.register("visits.visit", travelling.Travellers())

        def drafted(slots: object) -> str:
            assert isinstance(slots, dict)
            day = spoken_day(date.fromisoformat(slots["week"]), date.fromisoformat(slots["week"]))
            return gettext("%(day)s那一周的拜访排好了草稿，%(n)s 家，请您看一遍再排定。") % {"day": day, "n": slots["n"]}

        def gone(slots: object) -> str:
            assert isinstance(slots, dict)
            day = spoken_day(date.fromisoformat(slots["on"]), date.fromisoformat(slots["on"]))
            return gettext("%(day)s有一家不用去了：%(why)s。") % {"day": day, "why": Dropped(slots["why"]).label}

        notice("visits.draft", drafted)
        notice("visits.gone", gone)
