from django.apps import AppConfig


class StandingConfig(AppConfig):
    name = "liuke.standing"
    label = "standing"
    verbose_name = "洞察结果"

    def ready(self) -> None:
        from django.utils.translation import gettext

        from liuke.notices.words import register

        register("backtest.ready", lambda slots: gettext("您要的回测算好了。"))
        register("backtest.failed", lambda slots: gettext("您要的回测算不了，请看原因。"))
        register("insight.failed", lambda slots: gettext("今天的洞察没有算成，看到的还是上一次的。"))
        register("insight.unplanned", lambda slots: gettext("今天的事没有排完，有的单子还是上一次的。"))
