"""What hangs on a complaint: classifications, needs, steps, agreements, pauses, call-backs, the record, escalations; and opening hours."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from liuke.complaints.labels import AgreementState, Approval, Axis, Limit, NeedKind, NoteKind, Severity, Side, Stage, Told
from liuke.complaints.rules import PERHAPS_SEVERE
from liuke.promises.models import Promise
from liuke.team.models import Unit, User

LINE, WORDS = 200, 2000


class Classification(models.Model):
    """投诉分类: one of the five of a complaint: what the text suggested, how surely, by which words, and what a person confirmed."""

    complaint = models.ForeignKey("complaints.Complaint", models.CASCADE, related_name="classifications", verbose_name=_("投诉"))
    axis = models.CharField(_("哪一种"), max_length=10, choices=Axis)
    suggested = models.CharField(_("建议"), max_length=20, blank=True)
    others = models.JSONField(_("也可能"), default=list)
    confidence = models.FloatField(_("把握"), null=True)
    words = models.JSONField(_("凭哪些字"), default=list)
    value = models.CharField(_("确认"), max_length=20, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁确认的"))
    at = models.DateTimeField(_("确认时间"), null=True)

    class Meta:
        verbose_name = _("投诉分类")
        constraints = [models.UniqueConstraint(fields=["complaint", "axis"], name="classification_once")]

    def __str__(self) -> str:
        return f"{self.axis} {self.value}"

    @property
    def perhaps_severe(self) -> bool:
        """The text suggests severe, surely enough, and nobody has said what it is."""
        sure = self.confidence is not None and self.confidence >= PERHAPS_SEVERE
        return self.at is None and sure and (self.axis, self.suggested) == (Axis.SEVERITY, Severity.SEVERE)


class ComplaintNeed(models.Model):
    """诉求: one thing the customer wants, on one of the two lists, in his own words. `met` None: nobody has judged it yet.

    A suggested one counts only once somebody has confirmed it (`confirmed_at`).
    """

    complaint = models.ForeignKey("complaints.Complaint", models.CASCADE, related_name="needs", verbose_name=_("投诉"))
    side = models.CharField(_("哪一边"), max_length=9, choices=Side)
    kind = models.CharField(_("要什么"), max_length=20, choices=NeedKind)
    text = models.CharField(_("要什么"), max_length=LINE, blank=True)
    words = models.CharField(_("客户原话"), max_length=LINE, blank=True)
    confidence = models.FloatField(_("把握"), null=True)
    confirmed_at = models.DateTimeField(_("确认时间"), null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁确认的"))
    met = models.BooleanField(_("满足了"), null=True)
    met_at = models.DateTimeField(_("判断时间"), null=True)
    met_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁判断的"))
    dropped_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("诉求")
        indexes = [models.Index(fields=["complaint"], name="need_of_complaint")]

    def __str__(self) -> str:
        return self.kind


class ComplaintStep(models.Model):
    """投诉步骤: one thing to tick in a stage. Copied from the pack's template when the complaint came in (`key`), or added by hand (""), so
    that a change of the template changes nothing that is under way."""

    complaint = models.ForeignKey("complaints.Complaint", models.CASCADE, related_name="steps", verbose_name=_("投诉"))
    stage = models.CharField(_("阶段"), max_length=10, choices=Stage)
    position = models.PositiveSmallIntegerField(_("第几步"))
    key = models.CharField(_("模板"), max_length=40, blank=True)
    zh = models.CharField(_("做什么"), max_length=LINE)
    en = models.CharField(_("英文"), max_length=LINE, blank=True)
    note = models.CharField(_("做了什么"), max_length=LINE, blank=True)
    done_at = models.DateTimeField(_("做完时间"), null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁做的"))
    dropped_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("投诉步骤")
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["complaint", "stage"], name="step_of_complaint")]

    def __str__(self) -> str:
        return self.zh


class Agreement(models.Model):
    """协议: one thing we would do: what, by when, by whom, at what cost, and whether we can do it for sure. Above the limit of who put it
    forward it waits for somebody's word. Taken by the customer, it is a promise; compensation is what costs something.

    `keeper` is the member of staff who answers for it, `hands` who does it where that is somebody else. Not `sure`: by `due_on` we say
    when. `told_on`: what was said of it to the customer.
    """

    complaint = models.ForeignKey("complaints.Complaint", models.CASCADE, related_name="agreements", verbose_name=_("投诉"))
    turn = models.PositiveSmallIntegerField(default=0, editable=False)
    text = models.CharField(_("答应什么"), max_length=LINE)
    due_on = models.DateField(_("到几号"))
    keeper = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁负责"))
    hands = models.CharField(_("谁来做"), max_length=40, blank=True)
    sure = models.BooleanField(_("做得到"), default=True)
    grounds = models.CharField(_("凭什么说做得到"), max_length=LINE, blank=True)
    amount_cents = models.BigIntegerField(_("金额"), default=0)
    state = models.CharField(_("状态"), max_length=9, choices=AgreementState, default=AgreementState.PROPOSED)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁拟的"))
    at = models.DateTimeField(_("什么时候拟的"))
    approval = models.CharField(_("审批"), max_length=8, choices=Approval, blank=True, default=Approval.NONE)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁批的"))
    decided_at = models.DateTimeField(_("批的时间"), null=True)
    decided_note = models.CharField(_("批语"), max_length=LINE, blank=True)
    settled_at = models.DateTimeField(_("客户点头的时间"), null=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁跟客户说的"))
    promise = models.ForeignKey(Promise, models.SET_NULL, null=True, related_name="+", verbose_name=_("承诺"))

    class Meta:
        verbose_name = _("协议")
        constraints = [models.CheckConstraint(condition=Q(amount_cents__gte=0), name="agreement_amount")]
        indexes = [
            models.Index(fields=["complaint"], name="agreement_of_complaint"),
            models.Index(fields=["approval"], condition=Q(approval="waiting"), name="agreement_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.due_on}"


class Pause(models.Model):
    """暂停计时: a stretch in which we wait for the customer; only the resolution clock stands still. `to_at` None: it still does."""

    complaint = models.ForeignKey("complaints.Complaint", models.CASCADE, related_name="pauses", verbose_name=_("投诉"))
    from_at = models.DateTimeField(_("从"))
    to_at = models.DateTimeField(_("到"), null=True)
    why = models.CharField(_("等什么"), max_length=LINE)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁停的"))
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁接着的"))

    class Meta:
        verbose_name = _("暂停计时")
        constraints = [
            models.UniqueConstraint(fields=["complaint"], condition=Q(to_at__isnull=True), name="pause_open_once"),
            models.CheckConstraint(condition=Q(to_at__isnull=True) | Q(to_at__gte=F("from_at")), name="pause_order"),
        ]

    def __str__(self) -> str:
        return f"{self.from_at}"


class CallBack(models.Model):
    """回访: the customer is asked, so many days after he was told the solution, whether he is content. `satisfied` None: not asked yet.

    `owner`: who owned the complaint when the solution was told. `wished`: he himself wanted to be asked before the day.
    """

    complaint = models.ForeignKey("complaints.Complaint", models.CASCADE, related_name="call_backs", verbose_name=_("投诉"))
    turn = models.PositiveSmallIntegerField(default=0, editable=False)
    due_on = models.DateField(_("哪天回访"))
    satisfied = models.BooleanField(_("满意"), null=True)
    words = models.CharField(_("客户说"), max_length=LINE, blank=True)
    at = models.DateTimeField(_("回访时间"), null=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁回访的"))
    owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("告知方案时谁负责"))
    wished = models.BooleanField(_("他自己要求提前"), default=False)
    reminded_on = models.DateField(null=True, editable=False)

    class Meta:
        verbose_name = _("回访")
        constraints = [models.UniqueConstraint(fields=["complaint", "turn"], name="call_back_once")]
        indexes = [models.Index(fields=["due_on"], condition=Q(satisfied__isnull=True), name="call_back_due")]

    def __str__(self) -> str:
        return f"{self.due_on}"


class CaseNote(models.Model):
    """经过: one line of what happened in a complaint. Its sentence is made from kind and slots (saying); free words beside it."""

    complaint = models.ForeignKey("complaints.Complaint", models.CASCADE, related_name="notes", verbose_name=_("投诉"))
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁"))
    kind = models.CharField(_("哪一种"), max_length=12, choices=NoteKind)
    slots = models.JSONField(_("内容"), default=dict)
    text = models.CharField(_("说明"), max_length=WORDS, blank=True)

    class Meta:
        verbose_name = _("经过")
        indexes = [models.Index(fields=["complaint", "-at"], name="note_of_complaint")]

    def __str__(self) -> str:
        return self.kind


class Escalation(models.Model):
    """超时上报: a limit that passed, and who above was told of it. Each level hears of each limit once in a turn."""

    complaint = models.ForeignKey("complaints.Complaint", models.CASCADE, related_name="escalations", verbose_name=_("投诉"))
    limit = models.CharField(_("哪个时限"), max_length=7, choices=Limit)
    level = models.CharField(_("报给谁"), max_length=10, choices=Told)
    turn = models.PositiveSmallIntegerField(default=0, editable=False)
    due_at = models.DateTimeField(_("时限"))
    at = models.DateTimeField(_("上报时间"))
    to = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("报给了谁"))

    class Meta:
        verbose_name = _("超时上报")
        constraints = [models.UniqueConstraint(fields=["complaint", "limit", "level", "turn"], name="escalation_once")]

    def __str__(self) -> str:
        return f"{self.limit} {self.level}"


class DeskHours(models.Model):
    """营业时间: when a unit, and what is below it, is open on a working day, where that is not what the pack says."""

    unit = models.OneToOneField(Unit, models.CASCADE, related_name="+", verbose_name=_("单位"))
    opens = models.TimeField(_("开门"))
    closes = models.TimeField(_("关门"))

    class Meta:
        verbose_name = _("营业时间")
        constraints = [models.CheckConstraint(condition=Q(closes__gt=F("opens")), name="desk_hours_order")]

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}–{self.closes:%H:%M}"
