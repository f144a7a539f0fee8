from __future__ import annotations

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from liuke.customers.labels import BulkEditState, BulkRowState, Channel, EventKind, Gender, Kind, Level
from liuke.customers.rules import index_text
from liuke.kernel import pinyin
from liuke.team.models import Unit, User
from liuke.team.queries import in_scope
from liuke.vault.fields import SealedTextField


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: User) -> Self:
        """The only door to cards: what lies outside does not exist for this user, in lists, counts and searches alike."""
        return self.filter(in_scope(user))


class Customer(models.Model):
    """客户: a person or an organisation; the subject of a card. Deals, contacts and all other facts hang on it.

    `pinyin` is the sort key, `search` what the full-text index reads, `aliases` further words it is found by (plates, one a line,
    kept by the domain that owns them). Whoever writes rows in bulk fills the three with customers.rules.
    """

    number = models.CharField(_("客户编号"), max_length=64, unique=True)
    kind = models.CharField(_("类别"), max_length=12, choices=Kind, default=Kind.PERSON)
    name = models.CharField(_("姓名"), max_length=200)
    name_known = models.BooleanField(_("姓名已知"), default=True)
    gender = models.CharField(_("性别"), max_length=6, choices=Gender, blank=True)
    birth_year = models.PositiveSmallIntegerField(_("出生年"), null=True, blank=True)
    birth_month = models.PositiveSmallIntegerField(_("出生月"), null=True, blank=True)
    birth_day = models.PositiveSmallIntegerField(_("出生日"), null=True, blank=True)
    birth_lunar = models.BooleanField(_("农历生日"), default=False)
    birth_leap = models.BooleanField(_("闰月生日"), default=False)
    phone = SealedTextField(_("电话"), max_length=32, blank=True)
    wechat = SealedTextField(_("微信"), max_length=64, blank=True)
    address = SealedTextField(_("地址"), max_length=300, blank=True)
    hobbies = models.CharField(_("爱好"), max_length=300, blank=True)
    personality = models.CharField(_("性格"), max_length=300, blank=True)
    family = models.CharField(_("家庭情况"), max_length=300, blank=True)
    occupation = models.CharField(_("职业"), max_length=100, blank=True)
    income_band = models.CharField(_("收入情况"), max_length=40, blank=True)
    education = models.CharField(_("教育程度"), max_length=40, blank=True)
    channel = models.CharField(_("喜欢的联系方式"), max_length=8, choices=Channel, blank=True)
    best_time = models.CharField(_("方便的时间"), max_length=60, blank=True)
    avoid = models.CharField(_("忌讳"), max_length=200, blank=True)
    monthly_contacts = models.PositiveSmallIntegerField(_("每月联系次数上限"), null=True, blank=True)
    service_need = models.CharField(_("服务需求等级"), max_length=4, choices=Level, blank=True)
    do_not_contact = models.BooleanField(_("不要打扰"), default=False)
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True, db_index=True)
    industry = models.CharField(_("行业"), max_length=60, blank=True)
    size = models.CharField(_("规模"), max_length=40, blank=True)
    region = models.CharField(_("地区"), max_length=80, blank=True)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="subsidiaries", verbose_name=_("上级单位"))
    early_adopter = models.BooleanField(_("率先使用者"), default=False)
    key_account = models.BooleanField(_("大客户"), default=False)
    tier = models.CharField(_("会员等级"), max_length=20, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("门店"))
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("业务员"))
    source = models.CharField(_("来源"), max_length=80, blank=True)
    remarks = models.TextField(_("备注"), blank=True)
    extra = models.JSONField(_("行业字段"), default=dict, blank=True)
    opened_on = models.DateField(_("建档日期"))
    confirmed_on = models.DateField(_("核实日期"), null=True, blank=True)
    completeness = models.PositiveSmallIntegerField(_("完整度"), null=True, editable=False)
    next_contact_on = models.DateField(_("下次联系"), null=True, blank=True)
    next_contact_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("谁定的下次联系"))
    pinyin = models.CharField(max_length=300, blank=True, editable=False)
    search = models.TextField(blank=True, editable=False)
    aliases = models.TextField(blank=True, editable=False)
    load_id = models.BigIntegerField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("客户")
        indexes = [
            models.Index(fields=["unit", "pinyin"], name="customer_unit"),
            models.Index(fields=["owner", "pinyin"], name="customer_owner"),
            models.Index(fields=["pinyin", "id"], name="customer_pinyin"),
            models.Index(fields=["name"], name="customer_name"),
            models.Index(fields=["load_id"], name="customer_load"),
            models.Index(fields=["next_contact_on"], name="customer_next"),
            # Whose day it is: found from the day, never by looking at all cards.
            models.Index(
                fields=["birth_month", "birth_day", "birth_lunar"], condition=models.Q(birth_month__isnull=False), name="customer_birthday"
            ),
            models.Index(fields=["opened_on"], name="customer_opened"),
            models.Index(fields=["created_at"], name="customer_created"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def erased(self) -> bool:
        """Whether the person was taken out of the card (privacy.erasing); what was bought and paid is still on it."""
        return "erased" in self.extra

    def index(self) -> None:
        """Refresh the columns that search and sort read; every action that changes a name, number or plate calls it before saving."""
        self.pinyin = pinyin.sort_key(self.name)[:300]
        self.search = index_text(self.name, self.number, self.aliases)


def erased(prefix: str = "") -> models.Q:
    """Condition on cards (`prefix`: the path to them): the person was taken out. The plain column first, so that few texts are opened."""
    return models.Q(**{f"{prefix}do_not_contact": True, f"{prefix}extra__has_key": "erased"})


class Phone(models.Model):
    """电话: one of a customer's numbers. Position 0 is the first; `Customer.phone` repeats it for lists.

    The number is sealed; `digest` and `last4_digest` (vault.digests) are what it is found by. customers.phones makes the rows.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="phones")
    number = SealedTextField(_("号码"), max_length=32)
    digest = models.CharField(max_length=32)
    last4_digest = models.CharField(max_length=32)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("电话")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["customer", "digest"], name="phone_once")]
        indexes = [
            models.Index(fields=["digest"], name="phone_digest"),
            models.Index(fields=["last4_digest"], name="phone_last4"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}"


class Contact(models.Model):
    """联系人: a person at an organisation; `person` is his own card where he is a customer too."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts")
    person = models.ForeignKey(Customer, models.SET_NULL, null=True, blank=True, related_name="contact_of", verbose_name=_("本人的卡"))
    name = models.CharField(_("姓名"), max_length=200)
    title = models.CharField(_("职务"), max_length=80, blank=True)
    phone = SealedTextField(_("电话"), max_length=32, blank=True)
    wechat = SealedTextField(_("微信"), max_length=64, blank=True)
    remarks = models.CharField(_("备注"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("联系人")

    def __str__(self) -> str:
        return self.name


class Event(models.Model):
    """事件: something that happened to a customer on a day and that insight may rest on. Higher domains leave these rows for insight."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="events")
    kind = models.CharField(_("类别"), max_length=30, choices=EventKind)
    on = models.DateField(_("日期"))
    value = models.IntegerField(_("数值"), null=True, blank=True)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("记录人"))
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("事件")
        indexes = [models.Index(fields=["customer", "on"], name="event_customer"), models.Index(fields=["on"], name="event_on")]

    def __str__(self) -> str:
        return f"{self.kind} {self.on}"


class FactChange(models.Model):
    """事实变动: a customer whose facts changed since the last whole or daily run of insight, which takes the row away.

    `caught_up`: the customer's standing was refreshed in between; the next run still reads his facts again.
    """

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    caught_up = models.BooleanField(default=False, db_default=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("事实变动")
        indexes = [models.Index(fields=["caught_up", "id"], name="fact_change_waiting")]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class FieldChange(models.Model):
    """改动: one field of a card, from what to what, by whom and when. `version` is that of the card after the change."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="changes")
    field = models.CharField(_("字段"), max_length=40)
    old = SealedTextField(_("原来"), blank=True)
    new = SealedTextField(_("改成"), blank=True)
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("改的人"))
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("改动")
        indexes = [models.Index(fields=["customer", "-at"], name="change_customer")]

    def __str__(self) -> str:
        return self.field


class Transfer(models.Model):
    """转交: one bulk change of owner: who decided, when, to whom, and whether it was taken back."""

    to = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("转给"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("经手人"))
    at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    undone_at = models.DateTimeField(_("撤销时间"), null=True)

    class Meta:
        verbose_name = _("转交")

    def __str__(self) -> str:
        return f"{self.pk}"


class TransferRow(models.Model):
    """转交明细: one customer of a transfer, with the owner and unit before and after."""

    transfer = models.ForeignKey(Transfer, models.CASCADE, related_name="rows")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="transfers")
    old_owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    new_owner = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    old_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    new_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("转交明细")

    def __str__(self) -> str:
        return f"{self.customer_id}"


class BulkEdit(models.Model):
    """批量修改: one field set to one value for many cards: who, when, from which list, how it went, and whether it was taken back.

    Nothing is changed while it is waiting. `value` is what JSON keeps of it (customers.bulk_fields); `query` is the list's, "" where rows
    were ticked. `by` is needed until it is done: it is done with that person's sight.
    """

    State = BulkEditState

    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("经手人"))
    at = models.DateTimeField(auto_now_add=True)
    field = models.CharField(_("字段"), max_length=40)
    value = models.JSONField(_("改成"), null=True)
    query = SealedTextField(_("名单"), max_length=1000, blank=True)
    state = models.CharField(_("进展"), max_length=8, choices=State, default=State.WAITING)
    changed = models.PositiveIntegerField(_("改了几位"), default=0)
    kept = models.PositiveIntegerField(_("没动几位"), default=0)
    failure = models.CharField(_("为什么没改成"), max_length=200, blank=True)
    done_at = models.DateTimeField(_("改好的时间"), null=True)
    undone_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁撤销的"))
    undone_at = models.DateTimeField(_("撤销时间"), null=True)

    class Meta:
        verbose_name = _("批量修改")

    def __str__(self) -> str:
        return f"{self.pk}"


class BulkEditRow(models.Model):
    """批量修改明细: one card of it: what the field was, the card's version after the change, and what became of it."""

    State = BulkRowState

    bulk = models.ForeignKey(BulkEdit, models.CASCADE, related_name="rows")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    old = models.JSONField(_("原来"), null=True)
    version = models.PositiveIntegerField(null=True)
    state = models.CharField(_("进展"), max_length=8, choices=State, default=State.WAITING)

    class Meta:
        verbose_name = _("批量修改明细")
        indexes = [models.Index(fields=["bulk", "state"], name="bulk_row_state")]

    def __str__(self) -> str:
        return f"{self.customer_id}"
