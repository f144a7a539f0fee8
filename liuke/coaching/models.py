from __future__ import annotations

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liuke.coaching.labels import CaseState, PracticeState, Sex
from liuke.conversations.labels import Scenario
from liuke.customers.models import Customer
from liuke.team.models import Unit, User
from liuke.team.permissions import may
from liuke.team.queries import colleagues


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User) -> Self:
        """What is published is for everybody who may read cases; what is not, for its author, and once it was handed in, for whoever may
        publish it and oversees the author."""
        own = Q(state=CaseState.PUBLISHED) | Q(author=user)
        if may(user, "case.publish"):
            own |= Q(state__in=(CaseState.SUBMITTED, CaseState.WITHDRAWN), author__in=colleagues(user).order_by().values("pk"))
        return self.filter(own) if may(user, "case.read") else self.none()


class Case(models.Model):
    """案例: how one customer was won, kept or lost, step by step, written so that it names nobody.

    `customer` is for who may see that card; nobody else is told. `playbooks`: keys, each with a blank on either side (" a b "), so that
    one of them is found in it. `search`: all its words. `before`: what the last change replaced, so that it can be taken back.
    """

    title = models.CharField(_("标题"), max_length=60)
    scenario = models.CharField(_("情景"), max_length=10, choices=Scenario)
    playbooks = models.CharField(_("打法"), max_length=400, blank=True)
    customer = models.ForeignKey(Customer, models.SET_NULL, null=True, related_name="+", verbose_name=_("客户"))
    sex = models.CharField(_("性别"), max_length=6, choices=Sex, blank=True)
    age = models.CharField(_("年纪"), max_length=20, blank=True)
    character = models.CharField(_("性格"), max_length=200, blank=True)
    education = models.CharField(_("教育程度"), max_length=40, blank=True)
    buys = models.CharField(_("买什么"), max_length=200, blank=True)
    attitude = models.CharField(_("一开始的态度"), max_length=200, blank=True)
    steps = models.JSONField(_("一步一步"), default=list)
    result = models.CharField(_("结果"), max_length=500, blank=True)
    trust = models.CharField(_("靠什么赢得信任"), max_length=500, blank=True)
    hard = models.CharField(_("还有什么难"), max_length=500, blank=True)
    search = models.TextField(blank=True, editable=False)
    state = models.CharField(_("状态"), max_length=6, choices=CaseState, default=CaseState.DRAFT)
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁写的"))
    made_at = models.DateTimeField(_("写的时间"), auto_now_add=True)
    changed_at = models.DateTimeField(_("改的时间"), auto_now=True)
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁发布的"))
    published_at = models.DateTimeField(_("发布时间"), null=True)
    state_before = models.CharField(_("收回以前"), max_length=6, choices=CaseState, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    before: Any = models.JSONField(null=True, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("案例")
        indexes = [models.Index(fields=["state", "-published_at"], name="case_state"), models.Index(fields=["author"], name="case_author")]

    def __str__(self) -> str:
        return self.title

    @property
    def playbook_keys(self) -> tuple[str, ...]:
        return tuple(self.playbooks.split())


class PracticeQuerySet(models.QuerySet["Practice"]):
    def visible_to(self, user: User) -> Self:
        """The own ones, as trainee or as who ticked; of colleagues in sight for those who oversee practice."""
        own = Q(trainee=user) | Q(checker=user)
        if may(user, "practice.oversee"):
            own |= Q(trainee__in=colleagues(user).order_by().values("pk"))
        return self.filter(own)

    def done(self) -> Self:
        return self.filter(state=PracticeState.DONE)


class Practice(models.Model):
    """练习: one role play (角色扮演). The checker plays the customer of a scenario card and ticks what the trainee did.

    `card`: its key in the pack; `ticks`: for each of the four steps a list of true and false, kept while it goes on. The figures of a
    finished one are its PracticeSteps.
    """

    card = models.CharField(_("情景卡"), max_length=40)
    scenario = models.CharField(_("情景"), max_length=10, choices=Scenario)
    trainee = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁练"))
    checker = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁看"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", verbose_name=_("单位"))
    state = models.CharField(_("状态"), max_length=8, choices=PracticeState, default=PracticeState.OPEN)
    ticks: Any = models.JSONField(_("做到的"), default=list)
    remark = models.CharField(_("说一句"), max_length=300, blank=True)
    started_at = models.DateTimeField(_("开始的时间"), auto_now_add=True)
    on = models.DateField(_("日期"))
    finished_at = models.DateTimeField(_("练完的时间"), null=True)

    objects = PracticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("练习")
        indexes = [models.Index(fields=["trainee", "-on"], name="practice_trainee"), models.Index(fields=["on"], name="practice_on")]
        constraints = [models.CheckConstraint(condition=~Q(trainee=models.F("checker")), name="practice_by_another")]

    def __str__(self) -> str:
        return self.card


class PracticeStep(models.Model):
    """练习得分: of so many things to tick in one step, how many were done."""

    practice = models.ForeignKey(Practice, models.CASCADE, related_name="steps")
    step = models.PositiveSmallIntegerField(_("第几步"))
    ticked = models.PositiveSmallIntegerField(_("做到几样"))
    of = models.PositiveSmallIntegerField(_("共几样"))

    class Meta:
        verbose_name = _("练习得分")
        ordering = ["step"]
        constraints = [
            models.UniqueConstraint(fields=["practice", "step"], name="practice_step_once"),
            models.CheckConstraint(condition=Q(ticked__lte=models.F("of")), name="practice_ticked"),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.ticked}/{self.of}"


class TrustCheck(models.Model):
    """信任自评: one honest look at oneself by the five elements of trust. The answers are for oneself alone; others learn only the day.

    `answers`: element → answers (1–4) in the order of its questions.
    """

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁"))
    on = models.DateField(_("日期"))
    answers: Any = models.JSONField(_("怎么答的"))
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    undone_at = models.DateTimeField(_("撤销时间"), null=True)

    class Meta:
        verbose_name = _("信任自评")
        constraints = [models.UniqueConstraint(fields=["user", "on"], condition=Q(undone_at__isnull=True), name="trust_once_a_day")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.on}"
