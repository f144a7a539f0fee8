"""Acts on a complaint under way: classifications, needs, steps, notes, clock, owner, crisis."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from liuke.complaints import classifying, crisis, entering, handling, receiving, swapping
from liuke.complaints.labels import Axis, NoteKind, value_word
from liuke.complaints.linking import contact_of
from liuke.complaints.linking import link as link_to
from liuke.complaints.linking import unlink as unlink_from
from liuke.complaints.models import Complaint, ComplaintNeed, ComplaintStep
from liuke.kernel.text import as_id
from liuke.team.queries import names_of
from liuke.web.complaints.acts import Act, Doing, Done, required
from liuke.web.entry import Form
from liuke.web.words import moment

# ── what it is ──


def classify(doing: Doing) -> Done:
    """pick: "cause.service"; a cause beside the main one: "other.price"."""
    axis, _dot, value = doing.form.get("pick").partition(".")
    row = classifying.confirm(doing.user, doing.pk, axis, value)
    return Done(
        _("%(axis)s：%(value)s") % {"axis": Axis(axis).label, "value": value_word(axis, value)}, f"unclassify_{axis}" if row.is_open else ""
    )


def unclassify(axis: str) -> Act:
    def run(doing: Doing) -> Done:
        classifying.unconfirm(doing.user, doing.pk, axis)
        return Done(_("撤销了，%(axis)s还没确认") % {"axis": Axis(axis).label})

    return run


def classify_all(doing: Doing) -> Done:
    classifying.confirm_all(doing.user, doing.pk)
    return Done(_("建议的都确认了"))


def need_add(doing: Doing) -> Done:
    side, _dot, kind = doing.form.get("kind").partition(".")
    made = classifying.add_need(doing.user, doing.pk, side, kind, text=doing.form.get("text"), words=doing.form.get("words"))
    return Done(_("记下了他要的：%(what)s") % {"what": made.text or made.get_kind_display()}, "need_drop", made.pk)


def need(doing: Doing) -> Done:
    """pick: "12.confirm", "12.drop", "12.met", "12.unmet", "12.open"."""
    if doing.how == "confirm":
        classifying.confirm_need(doing.user, doing.part(ComplaintNeed))
        return Done(_("确认了这条诉求"))
    if doing.how == "drop":
        return need_drop(doing)
    met = {"met": True, "unmet": False}.get(doing.how)
    classifying.judge_need(doing.user, doing.part(ComplaintNeed), met)
    return Done({True: _("这条满足了"), False: _("这条没满足")}.get(met, _("这条再看看")) if met is not None else _("这条再看看"))


def need_drop(doing: Doing) -> Done:
    classifying.drop_need(doing.user, doing.part(ComplaintNeed))
    return Done(_("去掉了这条诉求"), "need_restore", doing.id)


def need_restore(doing: Doing) -> Done:
    classifying.restore_need(doing.user, doing.part(ComplaintNeed))
    return Done(_("这条诉求又在了"))


@transaction.atomic
def edit(doing: Doing) -> Done:
    form = doing.form
    if form.get("received") and (when := when_of(form, "received")):
        required(form)
        kept = timezone.localtime(Complaint.objects.get(pk=doing.pk).received_at)
        if f"{kept:%Y-%m-%dT%H:%M}" != form.get("received").strip()[:16]:
            receiving.set_received(doing.user, doing.pk, when)
    changes: dict[str, object] = {}
    if "title" in form.values:
        changes["title"] = form.get("title")
    for name in ("deal", "asset", "person"):
        if name in form.values:
            changes[f"{name}_id"] = as_id(form.get(name))
    if "product" in form.values:
        changes["product"] = form.get("product")
    entering.edit(doing.user, doing.pk, **changes)
    if "department" in form.values:
        entering.set_department(doing.user, doing.pk, form.get("department"))
    return Done(_("改好了"))


# ── steps, notes, clock ──


def answered(doing: Doing) -> Done:
    handling.answer(doing.user, doing.pk, note=doing.form.get("note"), at=earlier(doing.form))
    return Done(_("记下了首次答复"), "unanswer")


def unanswer(doing: Doing) -> Done:
    handling.unanswer(doing.user, doing.pk)
    return Done(_("撤销了，还没答复"))


def step(doing: Doing) -> Done:
    """pick: "12.tick", "12.untick", "12.drop"."""
    if doing.how == "untick":
        return untick(doing)
    if doing.how == "drop":
        handling.drop_step(doing.user, doing.part(ComplaintStep))
        return Done(_("去掉了这一步"), "step_restore", doing.id)
    made = handling.tick(doing.user, doing.part(ComplaintStep), note=doing.form.get("note"))
    return Done(_("做完：%(what)s") % {"what": made.zh}, "untick", made.pk)


def untick(doing: Doing) -> Done:
    handling.untick(doing.user, doing.part(ComplaintStep))
    return Done(_("撤销了，这一步还没做"))


def step_add(doing: Doing) -> Done:
    made = handling.add_step(doing.user, doing.pk, doing.form.get("stage"), doing.form.get("text"))
    return Done(_("加了一步"), "step_drop", made.pk)


def step_drop(doing: Doing) -> Done:
    handling.drop_step(doing.user, doing.part(ComplaintStep))
    return Done(_("去掉了这一步"), "step_restore", doing.id)


def step_restore(doing: Doing) -> Done:
    handling.restore_step(doing.user, doing.part(ComplaintStep))
    return Done(_("这一步又在了"))


def note(doing: Doing) -> Done:
    kind = doing.form.get("kind") or NoteKind.NOTE
    handling.note(doing.user, doing.pk, doing.form.get("text"), kind=kind)
    return Done(_("记进经过了"))


def pause(doing: Doing) -> Done:
    handling.pause(doing.user, doing.pk, doing.form.get("why"))
    return Done(_("暂停计时，等客户"), "undo_pause")


def resume(doing: Doing) -> Done:
    handling.resume(doing.user, doing.pk)
    return Done(_("继续计时"), "undo_pause")


def undo_pause(doing: Doing) -> Done:
    handling.undo_pause(doing.user, doing.pk)
    return Done(_("撤销了，计时跟原来一样"))


def raised(doing: Doing) -> Done:
    handling.raise_to_severe(doing.user, doing.pk, why=doing.form.get("why"))
    return Done(_("改为严重，按严重的时限走"))


def lower(doing: Doing) -> Done:
    handling.lower(doing.user, doing.pk, why=doing.form.get("why"))
    return Done(_("改回一般"))


# ── 易人 易时 易地 ──


def swap_person(doing: Doing) -> Done:
    made = swapping.swap_person(doing.user, doing.pk, doing.person("user") or 0, why=doing.form.get("why"))
    return Done(_("换%(who)s接手") % {"who": made.owner.name if made.owner else ""}, "unswap")


def swap_time(doing: Doing) -> Done:
    when = when_of(doing.form, "when")
    required(doing.form)
    swapping.swap_time(doing.user, doing.pk, when, why=doing.form.get("why"))
    return Done(_("改到%(when)s谈") % {"when": moment(when)}, "unswap")


def swap_place(doing: Doing) -> Done:
    swapping.swap_place(doing.user, doing.pk, doing.form.get("where"), why=doing.form.get("why"))
    return Done(_("换到%(where)s谈") % {"where": doing.form.get("where").strip()}, "unswap")


def unswap(doing: Doing) -> Done:
    swapping.undo_swap(doing.user, doing.pk)
    return Done(_("撤销了，跟换之前一样"))


def earlier(form: Form) -> datetime | None:
    """When it was done, where that is not just now."""
    if not form.get("at").strip():
        return None
    when = when_of(form, "at")
    required(form)
    return when


def when_of(form: Form, name: str) -> datetime:
    """A moment picked in a field; what cannot be read is its error."""
    try:
        return timezone.make_aware(datetime.fromisoformat(form.get(name).strip()[:19]))
    except ValueError:
        form.errors[name] = _("请选日子和时间。")
        return timezone.now()


# ── whose it is ──


def link(doing: Doing) -> Done:
    made = link_to(doing.user, doing.pk, doing.id)
    return Done(_("认到%(name)s的卡上") % {"name": made.customer.name if made.customer else ""}, "unlink")


def unlink(doing: Doing) -> Done:
    unlink_from(doing.user, doing.pk)
    return Done(_("撤销了，还没认到卡上"))


def take_back(doing: Doing) -> Done:
    entering.take_back(doing.user, doing.pk)
    return Done(_("撤销了，没有记这件投诉"), "put_back")


def contact(doing: Doing) -> Done:
    return Done("", contact=contact_of(doing.user, doing.pk))


# ── crisis ──


def crisis_open(doing: Doing) -> Done:
    crisis.open_crisis(doing.user, doing.pk, second_id=doing.person("second"), spokesman_id=doing.person("spokesman"))
    return Done(_("进入危机，已经告诉经理"))


def crisis_name(doing: Doing) -> Done:
    made = crisis.name_crisis(doing.user, doing.pk, second_id=doing.person("second"), spokesman_id=doing.person("spokesman"))
    who = names_of([one for one in (made.second_id, made.spokesman_id) if one])
    return Done(_("定了人：%(who)s") % {"who": _("，").join(who.values())})


def crisis_end(doing: Doing) -> Done:
    crisis.end_crisis(doing.user, doing.pk, why=doing.form.get("why"))
    return Done(_("危机解除了"))


ACTS: dict[str, Act] = {
    "classify": classify, "classify_all": classify_all, "need": need, "need_add": need_add, "need_drop": need_drop,
    "need_restore": need_restore, "edit": edit, "answered": answered, "unanswer": unanswer, "step": step, "untick": untick,
    "step_add": step_add, "step_drop": step_drop, "step_restore": step_restore, "note": note, "pause": pause, "resume": resume,
    "undo_pause": undo_pause, "raise": raised, "swap_person": swap_person, "swap_time": swap_time, "swap_place": swap_place,
    "unswap": unswap, "link": link, "unlink": unlink, "crisis_open": crisis_open, "crisis_name": crisis_name,
    "take_back": take_back, "contact": contact, "lower": lower, "crisis_end": crisis_end,
    **{f"unclassify_{axis}": unclassify(axis) for axis in Axis.values},
}  # fmt: skip
PLACES = {
    "text.too_long": "text", "complaint.note": "text", "complaint.why_severe": "why", "complaint.use_raise": "raise",
    "complaint.when": "at", "complaint.backdate": "at", "complaint.too_late": "at", "complaint.after_entry": "received",
    "complaint.long_ago": "received", "complaint.turned": "received", "complaint.after_answer": "received",
    "complaint.after_done": "received", "complaint.late_receipt": "received",
}  # fmt: skip
