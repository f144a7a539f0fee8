"""A refused hand-over or claim leaves its rule's name on the log; what was begun is taken back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.db import transaction

from liuke.audit.actions import record
from liuke.kernel.refusal import Refused
from liuke.team.models import User

P = ParamSpec("P")
R = TypeVar("R")


def on_the_log(verb: str) -> Callable[[Callable[Concatenate[User, P], R]], Callable[Concatenate[User, P], R]]:
    """Run the act in one transaction; where a rule refuses it, nothing is changed and the log says which."""

    def wrap(act: Callable[Concatenate[User, P], R]) -> Callable[Concatenate[User, P], R]:
        @functools.wraps(act)
        def run(actor: User, *args: P.args, **kwargs: P.kwargs) -> R:
            try:
                with transaction.atomic():
                    return act(actor, *args, **kwargs)
            except Refused as refused:
                with transaction.atomic():
                    record(actor, "keepers.refused", None, act=verb, rule=refused.code)
                raise

        return cast(Callable[Concatenate[User, P], R], run)

    return wrap
