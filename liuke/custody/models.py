from django.db import models
from django.utils.translation import gettext_lazy as _

from liuke.customers.models import Customer
from liuke.team.models import User


class CheckOut(models.Model):
    """借阅: a card taken out for a stated purpose; the clear phone number is open to the borrower until it ends or is returned."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("客户"))
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("借阅人"))
    purpose = models.CharField(_("用途"), max_length=200)
    at = models.DateTimeField(_("借出时间"))
    until = models.DateTimeField(_("应还时间"))
    returned_at = models.DateTimeField(_("归还时间"), null=True)

    class Meta:
        verbose_name = _("借阅")
        indexes = [
            models.Index(fields=["user", "customer", "until"], name="check_out_open"),
            models.Index(fields=["customer", "-at"], name="check_out_card"),
            models.Index(fields=["until"], condition=models.Q(returned_at__isnull=True), name="check_out_late"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}"
