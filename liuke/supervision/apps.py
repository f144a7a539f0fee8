from collections.abc import Mapping
from datetime import date
from typing import Any

from django.apps import AppConfig
from django.utils import timezone
from django.utils.translation import gettext


class SupervisionConfig(AppConfig):
    name = "liuke.supervision"
    label = "supervision"
    verbose_name = "督导"

    def ready(self) -> None:
        from liuke.notices.words import register
        from liuke.work.following import when

        def debrief(slots: Mapping[str, Any]) -> str:
            day = date.fromisoformat(str(slots["day"]))
            return gettext("%(who)s和您过了%(day)s的事，说了一句。") % {"who": slots["who"], "day": when(day, timezone.localdate())}

        register("supervision.remark", lambda slots: gettext("%(who)s看了%(customer)s的卡，说了一句。") % slots)
        register("supervision.debrief", debrief)
