from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from liuke.team.labels import Role, UnitKind


class Unit(models.Model):
    """组织单位: one node of the tree group → region → store. `path` holds the ids from the root, "/1/4/9/", so a subtree is a prefix."""

    name = models.CharField(_("名称"), max_length=80, unique=True)
    kind = models.CharField(_("类别"), max_length=10, choices=UnitKind)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级"))
    path = models.CharField(max_length=120, unique=True, null=True, editable=False)

    class Meta:
        verbose_name = _("组织单位")
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """Keeps `path` right for a new unit; `team.actions.move_unit` is the only way to move one."""
        super().save(*args, **kwargs)  # type: ignore[arg-type]
        path = f"{self.parent.path if self.parent else '/'}{self.pk}/"
        if path != self.path:
            self.path = path
            type(self).objects.filter(pk=self.pk).update(path=path)

    def within(self) -> Q:
        """Condition on Unit rows: this unit and everything under it."""
        return Q(path__startswith=self.path)


class User(AbstractUser):
    """员工: a member of staff who logs in. Everyone has a unit, a role and a scope (the unit whose subtree they may see)."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("姓名"), max_length=80)
    role = models.CharField(_("岗位"), max_length=12, choices=Role, default=Role.REP)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位"))
    scope = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("范围"))
    minutes_per_day = models.PositiveSmallIntegerField(_("每天分钟数"), null=True, blank=True)
    left_on = models.DateField(_("离职日期"), null=True, blank=True)
    password_given = models.BooleanField(_("密码是别人给的"), default=False)

    objects: ClassVar[UserManager[User]] = UserManager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("员工")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session is held against at every request. Role, unit and scope are in it beside the password, so a session
        ends with the rights it was opened with."""
        own = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        return f"{own}.{self.role}.{self.unit_id}.{self.scope_id}"

    @property
    def scope_unit(self) -> Unit | None:
        """The root of what this user may see: the scope if one is set, else the own unit."""
        return self.scope or self.unit


class Company(models.Model):
    """公司: the one row that says whose system this is and which industry pack it works by."""

    name = models.CharField(_("公司名称"), max_length=120)
    pack = models.CharField(_("行业包"), max_length=40, default="auto_dealer")

    class Meta:
        verbose_name = _("公司")

    def __str__(self) -> str:
        return self.name


class CalendarDay(models.Model):
    """日历改动: a day on which this company works, or does not, other than the state's calendar (kernel.workdays) says."""

    on = models.DateField(_("日期"), unique=True)
    works = models.BooleanField(_("上班"))
    name = models.CharField(_("名称"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("日历改动")
        ordering = ["on"]

    def __str__(self) -> str:
        return f"{self.on}"


class CalendarYear(models.Model):
    """补全的年份: a year of which the state had published nothing, with all its holidays and make-up days written down by this company.

    Single days do not make a year known: somebody says that nothing is missing.
    """

    year = models.PositiveSmallIntegerField(_("年份"), unique=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁补全的"))
    at = models.DateTimeField(_("什么时候"), auto_now_add=True)

    class Meta:
        verbose_name = _("补全的年份")
        ordering = ["year"]

    def __str__(self) -> str:
        return f"{self.year}"


class Preference(models.Model):
    """偏好: what one member of staff has chosen for himself (columns, size of text, keys), by key; on every device he signs in on."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("谁的"))
    key = models.CharField(_("名称"), max_length=40)
    value = models.JSONField(_("选的"))

    class Meta:
        verbose_name = _("偏好")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="preference_once")]

    def __str__(self) -> str:
        return self.key


class FolkChange(models.Model):
    """参考数字改动: the company's own value of a folk number (packs.folk) and its source. Never edited: a new one takes its place."""

    key = models.CharField(_("参考数字"), max_length=40)
    value = models.DecimalField(_("数值"), max_digits=9, decimal_places=2)
    source = models.CharField(_("出处"), max_length=200)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("谁改的"))
    at = models.DateTimeField(_("什么时候"), auto_now_add=True)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True)

    class Meta:
        verbose_name = _("参考数字改动")
        constraints = [models.UniqueConstraint(fields=["key"], condition=models.Q(withdrawn_at__isnull=True), name="folk_standing_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.value}"
