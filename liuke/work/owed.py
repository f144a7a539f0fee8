"""What was promised and not done, for the tasks that make it good: read once for many tasks, never kept in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from django.utils.translation import gettext

from liuke.custody.queries import masked_text
from liuke.promises.labels import State
from liuke.promises.models import Promise
from liuke.work import words
from liuke.work.models import Task

SIGNAL = "promise_broken"

# Staff write of a customer as him or her; who speaks to the customer says 您. Not in 其他, 吉他, 他们.
_HIM = re.compile("(?<![其吉])[他她](?!们)")


def owed(tasks: Iterable[Task]) -> dict[int, Promise]:
    """By customer the last promise that was broken, of those whose task is about one. One query, none where no task is."""
    about = {task.customer_id for task in tasks if any(key == SIGNAL for key, _slots in task.reasons)}
    if not about:
        return {}
    broken = Promise.objects.standing().filter(customer__in=about, state=State.BROKEN).order_by("settled_on", "pk")
    return {promise.customer_id: promise for promise in broken if promise.text}


def sentence(promise: Promise, on: date) -> str:
    """Why, with `**…**` around the facts: 11月11日答应过“把发票补寄给他”，说好11月13日，没办到。"""
    return gettext("**%(made)s**答应过“%(promise)s”，说好**%(due)s**，没办到。") % {
        "made": words.spoken_day(promise.made_on, on),
        "promise": masked_text(promise.text).rstrip("。."),
        "due": words.spoken_day(promise.due_on, on),
    }


def to_customer(text: str) -> str:
    """What was promised, as one says it to the customer himself: 把发票补寄给您."""
    return _HIM.sub("您", masked_text(text).rstrip("。."))
