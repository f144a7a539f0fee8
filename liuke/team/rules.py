"""What a log-in name may look like, what may be chosen for oneself, and where a unit may stand. Pure."""

import re

from liuke.kernel.refusal import Refused

LOGIN = re.compile(r"[A-Za-z0-9._@+-]{2,60}")
LONGEST_PATH = 120
COLUMN = re.compile(r"[a-z][a-z0-9_.]{0,39}")
MOST_COLUMNS = 24
TELLING = ("urgent", "digest", "letter")
PREFERENCES = ("text", "keys", "customer_columns", "telling")
"""Size of text (large), single-letter keys (off), columns of the customer list (their keys in order), what is told by e-mail (kinds, and
whether at once, daily, weekly); anything else is the usual."""


def login_name(text: str) -> str:
    """The log-in name without blanks around it: 2 to 60 letters, figures and . _ @ + -. Refused otherwise."""
    name = text.strip()
    if not LOGIN.fullmatch(name):
        raise Refused("user.username", "登录名用 2 到 60 个英文字母或数字，例如 chensiyuan。")
    return name


def moved(path: str, old: str, new: str) -> str:
    """The path of a unit whose ancestor's path changed from `old` to `new`.

    >>> moved("/1/4/9/", "/1/4/", "/1/5/4/")
    '/1/5/4/9/'
    """
    return new + path.removeprefix(old)


def check_move(own_path: str, target_path: str, deepest: str) -> None:
    """Refused for a place under the unit itself, and for a tree grown too deep. `deepest`: the longest path of its subtree."""
    if target_path.startswith(own_path):
        raise Refused("unit.cycle", "不能移到自己下面。")
    tail = own_path.rstrip("/").rpartition("/")[2]
    if len(moved(deepest, own_path, f"{target_path}{tail}/")) > LONGEST_PATH:
        raise Refused("unit.deep", "层级太多了，请少分几层。")


def check_preference(key: str, value: object) -> None:
    """Refused for a choice that there is not. None, the usual, is always one."""
    right = {
        "text": lambda: value == "large",
        "keys": lambda: value == "off",
        "telling": lambda: isinstance(value, dict) and _is_telling(value),
        "customer_columns": lambda: isinstance(value, list) and len(value) <= MOST_COLUMNS and all(map(_is_column, value)),
    }
    if key not in right or not (value is None or right[key]()):
        raise Refused("preference.unknown", "没有这个选择。")


def _is_telling(value: dict[str, object]) -> bool:
    kinds = value.get("kinds", [])
    named = isinstance(kinds, list) and len(kinds) <= MOST_COLUMNS and all(map(_is_column, kinds))
    return named and set(value) <= {"kinds", *TELLING} and all(isinstance(value.get(name, True), bool) for name in TELLING)


def _is_column(one: object) -> bool:
    return isinstance(one, str) and COLUMN.fullmatch(one) is not None
