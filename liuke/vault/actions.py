"""Changing keys: a fresh one for everything sealed from now on, then what was sealed before, piece by piece, while people work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.db import connection, models, transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.kernel import seal
from liuke.kernel.refusal import Refused
from liuke.vault import keys
from liuke.vault.fields import SealedTextField
from liuke.vault.models import SealKey
from liuke.vault.sealing import register

BATCH = 1000
SECOND_STEP = "mfa.authenticator"


@dataclass(frozen=True)
class Count:
    """How many sealed values there are under each key, and how many that are not sealed though they should be."""

    by_key: dict[str, int]
    open: int


def check() -> None:
    """Refuse when the keys at hand are not those the database was sealed with."""
    ring = keys.look_again()
    have = {seal.fingerprint(key) for key in (*ring.keys.values(), *ring.index)}
    missing = [row.name for row in SealKey.objects.filter(retired_at=None) if row.fingerprint not in have]
    if missing:
        raise Refused(
            "vault.wrong_keys",
            "%(path)s 里没有这个数据库用的钥匙（%(names)s），电话、微信、地址打不开。请把原来的钥匙文件放回来。",
            path=keys.file(),
            names="、".join(missing),
        )


def columns() -> list[tuple[type[models.Model], SealedTextField]]:
    """Every sealed column there is."""
    return [
        (model, field)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, SealedTextField) and model._meta.managed and not model._meta.proxy
    ]


def count() -> Count:
    """Look at every sealed value's key, not at what is in it."""
    by_key: dict[str, int] = {}
    bare = 0
    for model, field in columns():
        for rows in _pieces(model, field):
            for _pk, value in rows:
                if seal.sealed(value):
                    name = seal.key_of(value)
                    by_key[name] = by_key.get(name, 0) + 1
                else:
                    bare += 1
    for row in Authenticator.objects.all():
        for value in _secrets(row.data):
            by_key[seal.key_of(value)] = by_key.get(seal.key_of(value), 0) + 1
    return Count(by_key, bare)


def rotate(actor: models.Model | None, *, wait: float = 3.0, told: Callable[[int], None] = lambda _done: None) -> int:
    """Seal everything with a fresh key; how many values were sealed again. Old keys stay in the file, for old backups, until `forget`.

    `wait`: seconds until every process has seen the new key. Broken off, it is taken up by running it again.
    """
    check()
    ring = keys.look_again()
    register(SealKey, ring)  # broken off between the file and the row
    newest = SealKey.objects.filter(use="seal", retired_at=None).order_by("-pk").first()
    unfinished = newest is not None and newest.name == ring.current and SealKey.objects.filter(use="seal", retired_at=None).count() > 1
    if not unfinished:
        name, key = seal.new_key()
        # The file first: a row of which no key is known would lock the house.
        keys.keep(replace(ring, keys={**ring.keys, name: key}, current=name))
        register(SealKey, keys.look_again())
        time.sleep(wait)
    ring, done = keys.look_again(), 0
    for model, field in columns():
        for rows in _pieces(model, field):
            done += _reseal(model, field, [row for row in rows if seal.key_of(row[1]) != ring.current], ring)
            told(done)
    done += _reseal_second_steps(ring)
    with transaction.atomic():
        SealKey.objects.filter(use="seal", retired_at=None).exclude(name=ring.current).update(retired_at=timezone.now())
        record(actor, "keys.rotate", None, values=done)
    return done


def begin_index_change() -> None:
    """Put a fresh index key in front; until `end_index_change` everything is found under both."""
    check()
    ring = keys.look_again()
    if len(ring.index) == 1:  # else one was broken off: go on with it
        keys.keep(replace(ring, index=(seal.new_index_key(), *ring.index)))
        register(SealKey, keys.look_again())


def end_index_change(actor: models.Model | None, values: int) -> None:
    """Every digest stands under the new key: the old one goes."""
    ring = keys.look_again()
    gone = {seal.fingerprint(key) for key in ring.index[1:]}
    keys.keep(replace(ring, index=ring.index[:1]))
    with transaction.atomic():
        SealKey.objects.filter(fingerprint__in=gone).update(retired_at=timezone.now())
        record(actor, "keys.rotate_index", None, values=values)


def forget(actor: models.Model | None, name: str) -> None:
    """Take an old key out of the file. Refuses the one in use and one that still opens something."""
    ring = keys.look_again()
    if name not in ring.keys:
        raise Refused("vault.unknown_key", "没有叫 %(name)s 的钥匙。", name=name)
    used = count().by_key.get(name, 0)
    if name == ring.current or used:
        raise Refused("vault.key_in_use", "钥匙 %(name)s 还在用，不能去掉。先运行 liuke keys rotate。", name=name)
    keys.keep(replace(ring, keys={known: key for known, key in ring.keys.items() if known != name}))
    with transaction.atomic():
        SealKey.objects.filter(name=name, retired_at=None).update(retired_at=timezone.now())
        record(actor, "keys.forget", None, name=name)


def _reseal(model: type[models.Model], field: SealedTextField, rows: list[tuple[int, str]], ring: seal.Ring) -> int:
    """Seal values again, each only where nobody wrote another meanwhile."""
    if not rows:
        return 0
    fresh = [(seal.seal(ring, seal.unseal(ring, value, field.place), field.place), pk, value) for pk, value in rows]
    name, key = field.column, model._meta.pk.column
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            f'UPDATE "{model._meta.db_table}" SET "{name}" = %s WHERE "{key}" = %s AND "{name}" = %s',  # noqa: S608 -- our own models
            fresh,
        )
    return len(fresh)


def _pieces(model: type[models.Model], field: SealedTextField) -> Iterator[list[tuple[int, str]]]:
    """(key, stored value) of every row that has one, as it stands in the database."""
    table, name, key, last = model._meta.db_table, field.column, model._meta.pk.column, 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT "{key}", "{name}" FROM "{table}" WHERE "{key}" > %s ORDER BY "{key}" LIMIT {BATCH}',  # noqa: S608
                [last],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield [(pk, value) for pk, value in rows if value]


def _secrets(data: dict[str, Any]) -> list[str]:
    return [value for value in data.values() if isinstance(value, str) and seal.sealed(value)]


def _reseal_second_steps(ring: seal.Ring) -> int:
    """Those of the log-in's second step, which another library keeps; one that stood in the clear is sealed now."""
    done = 0
    with transaction.atomic():
        for row in Authenticator.objects.select_for_update():
            before = {name: row.data[name] for name in ("secret", "seed") if isinstance(row.data.get(name), str)}
            plain = {name: seal.unseal(ring, value, SECOND_STEP) if seal.sealed(value) else value for name, value in before.items()}
            row.data |= {name: seal.seal(ring, value, SECOND_STEP) for name, value in plain.items()}
            row.save(update_fields=["data"])
            done += len(before)
    return done
