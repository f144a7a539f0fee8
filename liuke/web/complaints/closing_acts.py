"""Acts that end a complaint: agreements and their cost, the solution told, the call-back, cause and decision, closing, reopening."""

from __future__ import annotations

from django.utils.translation import gettext as _

from liuke.complaints import agreeing, closing
from liuke.complaints.labels import Approval
from liuke.complaints.models import Agreement
from liuke.web.complaints.acts import Act, Doing, Done, required
from liuke.web.complaints.handling_acts import earlier
from liuke.web.complaints.words import number
from liuke.web.words import day as day_words
from liuke.web.words import money


def propose(doing: Doing) -> Done:
    form = doing.form
    due, cents = form.day("due", _("请写到几号。")), form.cents("amount")
    required(form)
    assert due is not None
    made = agreeing.propose(
        doing.user, doing.pk, form.get("text"), due, keeper_id=doing.person("keeper"), hands=form.get("hands"),
        sure=form.get("sure") != "no", grounds=form.get("grounds"), amount_cents=cents or 0,
    )  # fmt: skip
    if made.approval == Approval.WAITING:
        return Done(_("%(amount)s超过您的权限，送去批了") % {"amount": money(made.amount_cents)}, "withdraw", made.pk)
    return Done(_("记下了办法：%(what)s") % {"what": made.text}, "withdraw", made.pk)


def agreement(doing: Doing) -> Done:
    """pick: "12.agree", "12.done", "12.decline", "12.withdraw", "12.restore", "12.nudge"."""
    return {"agree": agree, "done": done_at_once, "decline": decline, "withdraw": withdraw, "restore": restore, "nudge": nudge}.get(
        doing.how, nothing
    )(doing)


def nothing(doing: Doing) -> Done:
    raise Agreement.DoesNotExist


def agree(doing: Doing) -> Done:
    made = agreeing.agree(doing.user, doing.part(Agreement))
    return Done(_("客户点头了，记成承诺，%(day)s前办好") % {"day": day_words(made.due_on)}, "restore", made.pk)


def done_at_once(doing: Doing) -> Done:
    made = agreeing.agree(doing.user, doing.part(Agreement), done=True)
    return Done(_("客户点头了，当场办好了"), "restore", made.pk)


def decline(doing: Doing) -> Done:
    made = agreeing.decline(doing.user, doing.part(Agreement))
    return Done(_("客户没同意，再想别的办法"), "restore", made.pk)


def withdraw(doing: Doing) -> Done:
    made = agreeing.withdraw(doing.user, doing.part(Agreement))
    return Done(_("收回了这一条"), "restore", made.pk)


def restore(doing: Doing) -> Done:
    agreeing.restore(doing.user, doing.part(Agreement))
    return Done(_("撤销了，这一条又在谈"))


def nudge(doing: Doing) -> Done:
    agreeing.nudge(doing.user, doing.part(Agreement))
    return Done(_("又告诉他了一次"))


def decide_money(doing: Doing) -> Done:
    """pick: "12.yes", "12.no"."""
    agreed = doing.how == "yes"
    made = agreeing.decide(doing.user, doing.part(Agreement), agreed, note=doing.form.get("note"))
    said = _("批了 %(amount)s") if agreed else _("没批 %(amount)s")
    return Done(said % {"amount": money(made.amount_cents)}, "undecide", made.pk)


def undecide(doing: Doing) -> Done:
    agreeing.take_back_decision(doing.user, doing.part(Agreement))
    return Done(_("撤销了，还在等批"))


def tell(doing: Doing) -> Done:
    closing.tell_solution(doing.user, doing.pk, note=doing.form.get("note"), at=earlier(doing.form))
    return Done(_("方案告诉客户了，解决计时停了"), "untell")


def untell(doing: Doing) -> Done:
    closing.untell(doing.user, doing.pk)
    return Done(_("撤销了，方案还没告诉客户"))


def called_back(doing: Doing) -> Done:
    satisfied = doing.form.get("pick") == "yes"
    closing.call_back(doing.user, doing.pk, satisfied, words=doing.form.get("words"), wished=bool(doing.form.get("wished")))
    return Done(_("回访满意"), "undo_call_back") if satisfied else Done(_("不满意，重新打开了，重新计时"), "undo_reopened")


def undo_call_back(doing: Doing) -> Done:
    closing.undo_call_back(doing.user, doing.pk)
    return Done(_("撤销了，还没回访"))


def undo_reopened(doing: Doing) -> Done:
    closing.undo_reopened(doing.user, doing.pk)
    return Done(_("撤销了，没有重新打开，还没回访"))


def decided(doing: Doing) -> Done:
    form = doing.form
    closing.decide_cause(doing.user, doing.pk, root_cause=form.get("root_cause"), decision=form.get("decision"), why=form.get("why"))
    return Done(_("原因和决定写好了"))


def close(doing: Doing) -> Done:
    made = closing.close(doing.user, doing.pk)
    return Done(_("%(number)s 结案了") % {"number": number(made)}, "undo_close")


def undo_close(doing: Doing) -> Done:
    closing.undo_close(doing.user, doing.pk)
    return Done(_("撤销了，还没结案"))


def reopen(doing: Doing) -> Done:
    made = closing.reopen(doing.user, doing.pk, why=doing.form.get("why"))
    return Done(_("%(number)s 重新打开了，重新计时") % {"number": number(made)})


ACTS: dict[str, Act] = {
    "propose": propose, "agreement": agreement, "withdraw": withdraw, "restore": restore, "tell": tell, "untell": untell,
    "called_back": called_back, "undo_call_back": undo_call_back, "undo_reopened": undo_reopened, "decided": decided, "close": close,
    "undo_close": undo_close, "reopen": reopen, "decide_money": decide_money, "undecide": undecide,
}  # fmt: skip
PLACES = {
    "promise.empty": "text", "promise.past": "due", "promise.far": "due", "complaint.amount": "amount", "text.too_long": "text",
    "complaint.cause": "root_cause", "complaint.decision": "decision", "complaint.agreement": "text",
    "complaint.back_early": "words", "complaint.back_wish": "wished", "complaint.when": "at", "complaint.backdate": "at",
    "complaint.too_late": "at", "complaint.told_before": "at",
}  # fmt: skip
