from django.apps import AppConfig
from django.utils.translation import gettext


class ChurnConfig(AppConfig):
    name = "liuke.churn"
    label = "churn"
    verbose_name = "流失和挽回"

    def ready(self) -> None:
        from liuke.churn import contacts
        from liuke.notices.words import register
        from liuke.work import handing, kinds
        from liuke.work.labels import TaskKind

        manner = kinds.Manner(
            contacts.reason, contacts.settled, contacts.say, contacts.OUTCOMES, finished=contacts.finished, undone=contacts.undone,
            given=contacts.given, tries=contacts.tries,
        )  # fmt: skip
        kinds.register(TaskKind.WIN_BACK, manner)
        handing.register(contacts.ABOUT, contacts.Winners())
        register("winback.proposed", lambda slots: gettext("有 %(n)s 位走了的客户值得请回来，等您看。") % slots)
        register("winback.given", lambda slots: gettext("%(who)s把%(customer)s的挽回交给了您。") % slots)
        register("winback.harm", lambda slots: gettext("%(who)s说%(customer)s对公司有害，要不要放弃，等您定。") % slots)
        register("winback.offer", lambda slots: gettext("%(who)s想给%(customer)s一份挽回优惠，等您批。") % slots)
        register("winback.offer_decided", _decided)


def _decided(slots: object) -> str:
    assert isinstance(slots, dict)
    if slots.get("agreed"):
        return gettext("%(who)s批了给%(customer)s的挽回优惠。") % slots
    return gettext("%(who)s没有批给%(customer)s的挽回优惠。") % slots
