"""Which heading means which field: what the caller says, and what was said the last time such a file came."""

from collections.abc import Mapping

from liuke.exchange.datasets import Dataset
from liuke.exchange.datasets.field import plain
from liuke.exchange.labels import State
from liuke.exchange.models import Load
from liuke.exchange.report import Options
from liuke.exchange.words import refuse

_STORE, _STAFF = ("门店:", "store:"), ("员工:", "staff:")


def understood(pairs: Mapping[str, str], dataset: Dataset) -> dict[str, str]:
    """Heading → field code, from what a person wrote: 表里的列名=字段 or 字段=表里的列名; a field by its code, label or words.

    An empty field leaves the column out. Raises Refused `file.unknown_map`.
    """
    given: dict[str, str] = {}
    for left, right in pairs.items():
        if not right:
            given[left] = ""
        elif (field := dataset.find(right)) is not None:
            given[left] = field.code
        elif (field := dataset.find(left)) is not None:
            given[right] = field.code
        else:
            raise refuse("file.unknown_map", map=f"{left}={right}", fields="、".join(each.code for each in dataset.fields))
    return given


def split_pairs(pairs: list[str]) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """`K=V` words into (columns, stores, staff): 门店:滨江=杭州滨江店 and 员工:小陈=陈思远 say who is meant by a name in the file.

    员工:小陈= is nobody: those rows stay, without a member of staff.
    """
    columns: dict[str, str] = {}
    stores: dict[str, str] = {}
    staff: dict[str, str] = {}
    for pair in pairs:
        left, equals, right = pair.partition("=")
        if not equals or not left.strip():
            raise refuse("file.bad_map", map=pair)
        left, right = left.strip(), right.strip()
        for marks, target in ((_STORE, stores), (_STAFF, staff)):
            mark = next((mark for mark in marks if left.replace("：", ":").lower().startswith(mark)), None)
            if mark is not None:
                target[left[len(mark) :].strip()] = right
                break
        else:
            columns[left] = right
    return columns, stores, staff


def remembered(dataset: str) -> dict[str, dict[str, str]]:
    """Signature of a heading → plain heading → field code, from the latest loads that went through."""
    found: dict[str, dict[str, str]] = {}
    loads = Load.objects.filter(dataset=dataset, state__in=[State.LOADED, State.UNDONE]).exclude(signature="").order_by("-pk")[:200]
    for signature, mapping in loads.values_list("signature", "mapping"):
        found.setdefault(signature, {plain(heading): code for heading, code in mapping.items()})
    return found


def both_ways(pairs: Mapping[str, str], dataset: Dataset, headings: list[str]) -> dict[str, str]:
    """`understood`, but where both sides name a field the one that is a heading of this file is the heading."""
    names = {plain(text) for text in headings}
    turned = {}
    for left, right in pairs.items():
        if right and plain(left) not in names and plain(right) in names and dataset.find(left) is not None:
            left, right = right, left
        turned[left] = right
    return understood(turned, dataset)


def options_of(stored: Mapping[str, object]) -> Options:
    """Options as a load keeps them."""
    stores, staff = stored.get("stores"), stored.get("staff")
    return Options(
        bool(stored.get("create_customers")), stores if isinstance(stores, dict) else {}, staff if isinstance(staff, dict) else {}
    )
