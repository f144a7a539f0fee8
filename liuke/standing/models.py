from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.standing.labels import Attitude, CustomerType, Grade, LeaveBy, SignalFamily, Stage
from liuke.team.models import User

FOREVER = date(9999, 12, 31)
"""`until` of a row that still holds."""


class ChurnFit(models.Model):
    """流失模型: one choice of a churn model, with what was compared and why it was chosen. `chosen` is analytics' own JSON of it,
    `renewals` that of the renewals of every kind of contract as of the same day (analytics.churn.renewal); empty before it was kept.

    `key` is a LeaveBy; "band" says that the rules took over, `why` (a code of analytics.churn.choice) because of what.
    """

    fitted_on = models.DateField(_("拟合日"))
    pack = models.CharField(_("行业包"), max_length=40)
    settings = models.CharField(_("设置"), max_length=64, blank=True, editable=False)
    key = models.CharField(_("模型"), max_length=12, choices=LeaveBy)
    why = models.CharField(_("为什么用它"), max_length=30)
    customers = models.PositiveIntegerField(_("客户数"), default=0)
    repeaters = models.PositiveIntegerField(_("回头客数"), default=0)
    outcomes = models.PositiveIntegerField(_("已知结果数"), default=0)
    chosen = models.JSONField(_("参数"), default=dict)
    renewals = models.JSONField(_("续约"), default=dict)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("流失模型")
        indexes = [models.Index(fields=["pack", "-fitted_on"], name="churn_fit_newest")]

    def __str__(self) -> str:
        return f"{self.key} {self.fitted_on}"


class Book(models.Model):
    """底册: the rows that a whole run wrote; the daily runs after it change only what changed in it."""

    began_on = models.DateField(_("起始日"))

    class Meta:
        verbose_name = _("底册")

    def __str__(self) -> str:
        return f"{self.began_on}"


class Run(models.Model):
    """洞察运行: one computation of everybody's standing as of a date. Rows of an unfinished run do not exist for any page.

    Its rows are those of its book with since <= as_of < until. `latest`: no later run has changed the book, so that they are the rows
    that still hold. `snapshot` names the folder with the facts that the next daily run goes on from.
    """

    as_of = models.DateField(_("基准日"))
    book = models.ForeignKey(Book, models.CASCADE, related_name="+")
    latest = models.BooleanField(_("底册中最近一次"), default=True)
    fit = models.ForeignKey(ChurnFit, models.PROTECT, null=True, related_name="+")
    snapshot = models.CharField(_("快照"), max_length=40, blank=True, editable=False)
    pack = models.CharField(_("行业包"), max_length=40)
    started_at = models.DateTimeField(_("开始时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True)
    customers = models.PositiveIntegerField(_("客户数"), default=0)
    kept = models.BooleanField(_("长期保留"), default=False)
    cuts = models.JSONField(_("切分点"), default=dict)

    class Meta:
        verbose_name = _("洞察运行")
        constraints = [
            models.UniqueConstraint(fields=["as_of"], condition=models.Q(finished_at__isnull=False), name="run_once_a_day"),
            models.UniqueConstraint(models.Value(1), condition=models.Q(finished_at__isnull=True), name="run_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.as_of}"


class Standing(models.Model):
    """洞察结果: what insight said of one customer from a day (`since`) until before another (`until`).

    Figures that change only when facts change or a rule's day has come; sentences are made from them in reasons.py. `model_share` is
    what the model (or the rule) says, `leave_share` what counts: the same, unless a person knows better (`leave_by` "person").
    """

    book = models.ForeignKey(Book, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    since = models.DateField(_("起"))
    until = models.DateField(_("止"), default=FOREVER)
    first_deal = models.DateField(_("首次成交"), null=True)
    last_deal = models.DateField(_("上次成交"), null=True)
    deal_days = models.PositiveIntegerField(_("成交天数"), default=0)
    amount_all_cents = models.BigIntegerField(_("累计净额"), default=0)
    amount_12m_cents = models.BigIntegerField(_("12 个月净额"), default=0)
    last6_cents = models.BigIntegerField(_("近 6 个月净额"), default=0)
    prev6_cents = models.BigIntegerField(_("之前 6 个月净额"), default=0)
    r = models.PositiveSmallIntegerField(null=True)
    f = models.PositiveSmallIntegerField(null=True)
    m = models.PositiveSmallIntegerField(null=True)
    cycle_days = models.FloatField(_("周期"), null=True)
    due_on = models.DateField(_("该来的日子"), null=True)
    abc = models.CharField(_("等级"), max_length=1, choices=Grade)
    attitude = models.CharField(_("忠诚度"), max_length=8, choices=Attitude, blank=True)
    type = models.CharField(_("类型"), max_length=9, choices=CustomerType)
    tags = models.CharField(_("标签"), max_length=60, blank=True)
    stage = models.CharField(_("阶段"), max_length=1, choices=Stage)
    stage_by_rule = models.CharField(_("规则判断的阶段"), max_length=1, choices=Stage)
    stage_code = models.CharField(_("判断依据"), max_length=30)
    evidence_on = models.DateField(_("依据日期"), null=True)
    evidence_kind = models.CharField(_("依据类别"), max_length=30, blank=True)
    stage_since = models.DateField(_("阶段起"))
    rule_since = models.DateField(_("规则起"))
    leave_share = models.FloatField(_("流失概率"), null=True)
    leave_by = models.CharField(_("流失概率出自"), max_length=12, choices=LeaveBy, blank=True)
    model_share = models.FloatField(_("模型给的流失概率"), null=True)
    alive_share = models.FloatField(_("还是客户的概率"), null=True)
    expected_deals = models.FloatField(_("预计一年来几次"), null=True)
    expected_cents = models.BigIntegerField(_("预计一年净额"), default=0)
    value_at_risk_cents = models.BigIntegerField(_("风险金额"), default=0)

    class Meta:
        verbose_name = _("洞察结果")
        constraints = [models.UniqueConstraint(fields=["customer", "book", "since"], name="standing_once")]
        indexes = [
            models.Index(fields=["book", "until", "-value_at_risk_cents"], name="standing_risk"),
            # Of one stage by money; those who left stand after all others in every list.
            models.Index(fields=["book", "until", "stage", "-value_at_risk_cents"], name="standing_stage_risk"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"

    def elapsed_cycles(self, as_of: date) -> float | None:
        """Cycles since the last deal day, on a day; None without a deal day."""
        if self.last_deal is None or not self.cycle_days:
            return None
        return max((as_of - self.last_deal).days, 0) / self.cycle_days

    @property
    def leave_assumed(self) -> bool:
        """Whether the probability is the pack's assumption, for want of figures."""
        return self.leave_by == LeaveBy.PRIOR


class StageChange(models.Model):
    """阶段变化: kept for ever, with its cause (the code of the rule that fired, or the kind of event)."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    on = models.DateField(_("日期"))
    old = models.CharField(_("原阶段"), max_length=1, choices=Stage, blank=True)
    new = models.CharField(_("新阶段"), max_length=1, choices=Stage)
    cause = models.CharField(_("原因"), max_length=40)

    class Meta:
        verbose_name = _("阶段变化")
        constraints = [models.UniqueConstraint(fields=["customer", "on"], name="stage_change_once")]
        indexes = [models.Index(fields=["on"], name="stage_change_on")]

    def __str__(self) -> str:
        return f"{self.old}→{self.new}"


class Signal(models.Model):
    """信号: a moment to act, with its evidence. It ends by itself when its cause is gone.

    `slots` are the figures of the sentence as they are now, `first_slots` those of the day it began. `at_once`: it was opened between
    runs by a changed fact, and never was if that fact is taken back the same day.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    key = models.CharField(_("信号"), max_length=40)
    family = models.CharField(_("类别"), max_length=8, choices=SignalFamily)
    severity = models.PositiveSmallIntegerField(_("轻重"))
    slots = models.JSONField(_("依据"), default=dict)
    first_slots = models.JSONField(_("开始时的依据"), default=dict)
    at_once = models.BooleanField(default=False, editable=False)
    started_on = models.DateField(_("开始"))
    ended_on = models.DateField(_("结束"), null=True)

    class Meta:
        verbose_name = _("信号")
        constraints = [
            models.UniqueConstraint(fields=["customer", "key"], condition=models.Q(ended_on__isnull=True), name="signal_open_once")
        ]
        indexes = [models.Index(fields=["key", "ended_on"], name="signal_key")]

    def __str__(self) -> str:
        return self.key


class LeaveOverride(models.Model):
    """人工判断: somebody who knows the customer says how likely they are to leave, with a reason and until when; scored later.

    `model_share`: what the model said that day. `left`: how it turned out (no deal in the 12 months after, or a deal), None until known.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    share = models.FloatField(_("判断的流失概率"))
    model_share = models.FloatField(_("模型当时给的"), null=True)
    reason = models.CharField(_("理由"), max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("判断人"))
    on = models.DateField(_("日期"))
    expires_on = models.DateField(_("有效至"))
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True)
    left = models.BooleanField(_("后来走了"), null=True)
    scored_on = models.DateField(_("有结果的日子"), null=True)

    class Meta:
        verbose_name = _("人工判断")
        constraints = [models.CheckConstraint(condition=models.Q(share__gte=0, share__lte=1), name="leave_override_share")]
        indexes = [models.Index(fields=["left", "on"], name="leave_override_score")]

    def __str__(self) -> str:
        return f"{self.share}"


class Backtest(models.Model):
    """回测: what the models would have said on a past day, against what happened. `result` is analytics' JSON with the groups added."""

    class State(models.TextChoices):
        WAITING = "waiting", _("等着算")
        DONE = "done", _("算好了")
        REFUSED = "refused", _("算不了")

    as_of = models.DateField(_("基准日"))
    horizon_days = models.PositiveIntegerField(_("往后看的天数"))
    pack = models.CharField(_("行业包"), max_length=40)
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.WAITING)
    refusal = models.CharField(_("算不了的原因"), max_length=40, blank=True)
    result = models.JSONField(_("结果"), default=dict)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁要的"))
    made_at = models.DateTimeField(_("要的时间"), auto_now_add=True)
    finished_at = models.DateTimeField(_("算好的时间"), null=True)

    class Meta:
        verbose_name = _("回测")
        indexes = [models.Index(fields=["-made_at"], name="backtest_newest")]

    def __str__(self) -> str:
        return f"{self.as_of}+{self.horizon_days}"
