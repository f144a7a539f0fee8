from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from liuke.improvement.labels import Angle, Better, Kind, Moment, Phase, Source, Standard
from liuke.improvement.rules import LINE, TITLE, Window
from liuke.team.labels import Role
from liuke.team.models import Unit, User
from liuke.team.permissions import may


class CycleQuerySet(models.QuerySet["Cycle"]):
    def visible_to(self, user: User) -> Self:
        """Cycles of units in the user's sight, and those in which he has something to do; of a salesperson only these."""
        if not may(user, "improvement.read"):
            return self.none()
        mine = Q(owner=user) | Q(pk__in=CycleTask.objects.filter(assignee=user, dropped_on=None).values("cycle"))
        unit = user.scope_unit
        wide = user.role != Role.REP and unit is not None
        return self.filter(mine | Q(unit__path__startswith=unit.path) if wide and unit else mine)

    def running(self) -> Self:
        return self.exclude(phase__in=(Phase.DONE, Phase.DROPPED))


class Cycle(models.Model):
    """改进项: a weak point on its way through plan, do, check and act.

    `source`, `source_id`: what showed it (a complaint's id, else None). `measure`: a name of improvement.measures, taken in the same way
    before and after, over `days` days. `target`: where the figure is to get to by `due_on`. `turn` counts from 0 how often the check
    led back to the plan. `done_on`: when the last thing of this turn was done, which begins the days of the check. `standard`: what is
    done otherwise from now on. Never deleted.
    """

    title = models.CharField(_("弱项"), max_length=TITLE)
    why = models.TextField(_("怎么看出来的"), blank=True)
    source = models.CharField(_("从哪里来"), max_length=12, choices=Source, default=Source.OWN)
    source_id = models.BigIntegerField(null=True, editable=False)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("单位"))
    measure = models.CharField(_("看哪个数"), max_length=80)
    kind = models.CharField(_("单位"), max_length=8, choices=Kind)
    better = models.CharField(_("往哪边好"), max_length=8, choices=Better)
    days = models.PositiveSmallIntegerField(_("看多少天"))
    target = models.DecimalField(_("目标"), max_digits=14, decimal_places=4)
    due_on = models.DateField(_("到几号"))
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁负责"))
    phase = models.CharField(_("到哪一步"), max_length=8, choices=Phase, default=Phase.PLAN)
    turn = models.PositiveSmallIntegerField(_("第几圈"), default=0)
    done_on = models.DateField(_("做完的日子"), null=True)
    standard = models.CharField(_("改了什么"), max_length=8, choices=Standard, blank=True)
    standard_key = models.CharField(_("哪一个打法、话术"), max_length=40, blank=True)
    standard_text = models.CharField(_("往后怎么做"), max_length=LINE, blank=True)
    learned = models.CharField(_("学到什么"), max_length=LINE, blank=True)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁提的"))
    opened_on = models.DateField(_("哪天提的"))
    ended_on = models.DateField(_("结束的日子"), null=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁结束的"))
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = CycleQuerySet.as_manager()

    class Meta:
        verbose_name = _("改进项")
        constraints = [
            models.CheckConstraint(condition=Q(due_on__gte=F("opened_on")), name="cycle_days"),
            models.CheckConstraint(
                condition=Q(phase__in=("done", "dropped"), ended_on__isnull=False) | ~Q(phase__in=("done", "dropped")) & Q(ended_on=None),
                name="cycle_end",
            ),
        ]
        indexes = [
            models.Index(fields=["phase", "due_on"], name="cycle_phase"),
            models.Index(fields=["source", "source_id"], name="cycle_source"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.phase not in (Phase.DONE, Phase.DROPPED)


class CycleTask(models.Model):
    """改进做法: one thing to do in a turn of a cycle, by whom and by when. Never deleted; what is not done after all is dropped."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="tasks", verbose_name=_("改进项"))
    turn = models.PositiveSmallIntegerField(_("第几圈"))
    text = models.CharField(_("做什么"), max_length=LINE)
    assignee = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁做"))
    due_on = models.DateField(_("到几号"))
    done_on = models.DateField(_("做完的日子"), null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁做的"))
    dropped_on = models.DateField(_("去掉的日子"), null=True)

    class Meta:
        verbose_name = _("改进做法")
        indexes = [models.Index(fields=["assignee", "done_on", "due_on"], name="cycle_task_whose")]

    def __str__(self) -> str:
        return self.text


class CycleFigure(models.Model):
    """改进的数: the measure of a cycle before or after a turn, over which days, from how many.

    `value` None where there was nothing to count. `margin`: half the 95 % interval, None where it is not known. What was taken stays as
    it was.
    """

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="figures", verbose_name=_("改进项"))
    turn = models.PositiveSmallIntegerField(_("第几圈"))
    moment = models.CharField(_("改之前还是之后"), max_length=8, choices=Moment)
    first = models.DateField(_("从哪天"))
    last = models.DateField(_("到哪天"))
    value = models.FloatField(_("多少"), null=True)
    n = models.PositiveIntegerField(_("几件"))
    of = models.PositiveIntegerField(_("几件里"), null=True)
    margin = models.FloatField(_("误差"), null=True)
    taken_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁量的"))
    taken_on = models.DateField(_("哪天量的"))

    class Meta:
        verbose_name = _("改进的数")
        constraints = [models.UniqueConstraint(fields=["cycle", "turn", "moment"], name="cycle_figure_once")]

    def __str__(self) -> str:
        return f"{self.moment} {self.value}"

    @property
    def window(self) -> Window:
        return Window(self.first, self.last)


class AngleSheetQuerySet(models.QuerySet["AngleSheet"]):
    def visible_to(self, user: User) -> Self:
        unit = user.scope_unit
        if not may(user, "angle.read") or unit is None:
            return self.none()
        return self.filter(undone_at__isnull=True, unit__path__startswith=unit.path)


class AngleSheet(models.Model):
    """三角度评分: one look at the service of a unit by a front-line colleague or a mystery visitor; customers are asked in surveys.

    `marks`: item of improvement.rules → 1 to 5, those that were seen. Who filled it is kept, and shown to nobody but himself.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("单位"))
    angle = models.CharField(_("哪个角度"), max_length=8, choices=Angle)
    on = models.DateField(_("哪天"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁填的"))
    marks = models.JSONField(_("打分"))
    note = models.CharField(_("看到了什么"), max_length=LINE, blank=True)
    undone_at = models.DateTimeField(null=True, editable=False)

    objects = AngleSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("三角度评分")
        constraints = [models.CheckConstraint(condition=~Q(angle="customer"), name="angle_sheet_of_whom")]
        indexes = [models.Index(fields=["unit", "angle", "on"], name="angle_sheet_unit")]

    def __str__(self) -> str:
        return f"{self.angle} {self.on}"
