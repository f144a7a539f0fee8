from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "liuke.exchange"
    label = "exchange"
    verbose_name = "导入导出"

    def ready(self) -> None:
        from django.utils.translation import gettext

        from liuke.notices.words import register

        register("import.done", lambda slots: gettext("导入做完了，写进去 %(n)s 行，没收 %(refused)s 行。") % slots)
        register("import.failed", lambda slots: gettext("导入没有做成，原来的数据没动，请看原因。"))
