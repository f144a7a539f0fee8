from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.standing.labels import Attitude, CustomerType, Grade, SignalFamily, Stage


class Run(models.Model):
    """洞察运行: one computation of everybody's standing as of a date. Rows of an unfinished run do not exist for any page."""

    as_of = models.DateField(_("基准日"))
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
    """洞察结果: what insight said of one customer in one run. Figures only; sentences are made from them in rules.py."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
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
    elapsed_cycles = models.FloatField(_("周期数"), null=True)
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
    leave_share = models.FloatField(_("流失比例"), null=True)
    leave_assumed = models.BooleanField(_("流失比例是假设的"), default=False)
    expected_cents = models.BigIntegerField(_("预计一年净额"), default=0)
    value_at_risk_cents = models.BigIntegerField(_("风险金额"), default=0)

    class Meta:
        verbose_name = _("洞察结果")
        constraints = [models.UniqueConstraint(fields=["customer", "run"], name="standing_once")]
        indexes = [
            models.Index(fields=["run", "-value_at_risk_cents"], name="standing_risk"),
            models.Index(fields=["run", "stage", "abc"], name="standing_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"


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
