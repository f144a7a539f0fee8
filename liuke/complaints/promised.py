"""What was promised in a complaint: the promises that stand for its agreements, and the complaint a promise was made in."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext

from liuke.complaints.models import Agreement, Complaint, ComplaintStep
from liuke.custody.queries import masked_text
from liuke.kernel.refusal import Refused
from liuke.promises.models import Promise, PromiseQuerySet
from liuke.team.models import User
from liuke.team.permissions import may

PROMISED = ("complaints.agreement", "complaints.complaint")
"""What a promise made in a complaint is about."""
SEE_THROUGH = "see_through"
NAMED = 3


def promises_of(row: Complaint) -> PromiseQuerySet:
    """All that was promised in it, whichever took the place of which."""
    made = Agreement.objects.filter(complaint=row).values("pk")
    return Promise.objects.standing().filter(Q(about=PROMISED[0], about_id__in=made) | Q(about=PROMISED[1], about_id=row.pk))


def made_in(user: User, promise: Promise) -> Complaint | None:
    """The complaint it was made in; None where it was made elsewhere, or is not for this reader to see. At most one query."""
    if promise.about not in PROMISED or promise.about_id is None or not may(user, "complaint.read"):
        return None
    if promise.about == PROMISED[0]:
        return Complaint.objects.visible_to(user).filter(agreements=promise.about_id).first()
    return Complaint.objects.visible_to(user).filter(pk=promise.about_id).first()


def check_kept(step: ComplaintStep, row: Complaint) -> None:
    """Everything agreed was seen through: refused while any of it is not done, and says which."""
    if step.key != SEE_THROUGH:
        return
    left = list(promises_of(row).open().order_by("due_on", "pk").values_list("text", flat=True))
    if left:
        what = gettext("、").join(gettext("“%(words)s”") % {"words": masked_text(each)} for each in left[:NAMED])
        raise Refused("complaint.promise_open", "还有 %(n)s 件答应的事没办完：%(what)s。办完了再打勾。", n=len(left), what=what)
