from django.apps import AppConfig
from django.utils.translation import gettext


class PromisesConfig(AppConfig):
    name = "liuke.promises"
    label = "promises"
    verbose_name = "承诺"

    def ready(self) -> None:
        from liuke.notices.words import register

        register("promise.waiting", lambda slots: gettext("%(who)s答应了%(customer)s一件事，要您批。") % slots)
        register("promise.approved", lambda slots: gettext("%(who)s批了您答应%(customer)s的事。") % slots)
        register("promise.refused", lambda slots: gettext("%(who)s没批您答应%(customer)s的事，请跟客户说清楚。") % slots)
        register("promise.broken", lambda slots: gettext("答应%(customer)s的事过期没办，记成没兑现了。") % slots)
        register("promise.lapsed", lambda slots: gettext("答应%(customer)s的事过了日子还没人批，作罢了，请跟客户说清楚。") % slots)
