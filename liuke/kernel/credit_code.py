"""Unified social credit codes 统一社会信用代码 (GB 32100-2015): 18 signs, the last of which checks the others."""

from __future__ import annotations

import unicodedata

from liuke.kernel.refusal import Refused
from liuke.kernel.text import strip_invisible

_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_VALUE = {sign: value for value, sign in enumerate(_SIGNS)}
# Powers of three modulo 31, as the standard sets them out in table 3.
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def check_sign(first17: str) -> str:
    """The eighteenth sign that belongs to these seventeen. Raises `KeyError` for a sign outside the alphabet (I O S V Z are not in it)."""
    total = sum(_VALUE[sign] * weight for sign, weight in zip(first17, _WEIGHTS, strict=True))
    return _SIGNS[-total % 31]


def parse_credit_code(text: str) -> str | None:
    """The code in capitals, or None for an empty cell. Refuses, with codes credit_code.*, wrong length, wrong signs, a check that fails."""
    code = "".join(unicodedata.normalize("NFKC", strip_invisible(text)).upper().strip("'").replace("-", "").split())
    if code in ("", "无", "暂无", "/"):
        return None
    if len(code) != 18:
        raise Refused("credit_code.length", "统一社会信用代码应为 18 位，现在是 %(n)s 位", n=len(code))
    # Digits in places 3 to 8: the district that registered it.
    if not all(sign in _VALUE for sign in code) or not code[2:8].isdigit():
        raise Refused("credit_code.signs", "统一社会信用代码里有不该有的字符")
    if check_sign(code[:17]) != code[17]:
        raise Refused("credit_code.check", "统一社会信用代码校验不对，请核对")
    return code
