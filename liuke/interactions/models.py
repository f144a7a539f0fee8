from django.db import models
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.interactions.labels import Direction, Outcome, Way, outcome_word
from liuke.team.models import User


class Interaction(models.Model):
    """接触: a call, message, letter, visit or talk; in or out. `asked` means the customer asked for it, so it uses no contact budget."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    at = models.DateTimeField(_("时间"))
    on = models.DateField(_("日期"))
    direction = models.CharField(_("方向"), max_length=3, choices=Direction, default=Direction.OUT)
    way = models.CharField(_("方式"), max_length=8, choices=Way, default=Way.PHONE)
    two_way = models.BooleanField(_("对方回应了"), default=False)
    asked = models.BooleanField(_("客户要求的"), default=False)
    outcome = models.CharField(_("结果"), max_length=12, choices=Outcome, blank=True)
    summary = models.TextField(_("经过"), blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("谁"))
    number = models.CharField(_("编号"), max_length=64, null=True, blank=True, unique=True)
    load_id = models.BigIntegerField(null=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    undone_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("接触")
        indexes = [
            models.Index(fields=["customer", "-at"], name="interaction_customer"),
            models.Index(fields=["by", "-at"], name="interaction_by"),
            models.Index(fields=["on"], name="interaction_on"),
        ]

    def __str__(self) -> str:
        return f"{self.way} {self.on}"

    def get_outcome_display(self) -> str:
        """In the words of its way: who was visited was met, not connected."""
        return outcome_word(self.outcome, self.way)
