"""Pydantic's faults in Chinese, each with its template so that a door can say it in another language."""

from __future__ import annotations

from pydantic_core import ErrorDetails

from liuke.kernel.refusal import N_
from liuke.packs.saying import Said

_CHINESE = {
    "missing": N_("缺少这一项"),
    "extra_forbidden": N_("没有这一项，可能拼错了"),
    "string_type": N_("要写文字"),
    "int_type": N_("要写整数"),
    "int_parsing": N_("要写整数"),
    "int_parsing_size": N_("这个数太大了"),
    "int_from_float": N_("要写整数"),
    "bool_type": N_("要写 true 或 false"),
    "bool_parsing": N_("要写 true 或 false"),
    "decimal_type": N_("要写数字"),
    "decimal_parsing": N_("要写数字"),
    "finite_number": N_("要写数字"),
    "tuple_type": N_("要写成列表，每项前面一个短横"),
    "dict_type": N_("要写成“名称：内容”的样子"),
    "model_type": N_("要写成“名称：内容”的样子"),
    "model_attributes_type": N_("要写成“名称：内容”的样子"),
    "literal_error": N_("只能是 %(expected)s"),
    "enum": N_("只能是 %(expected)s"),
    "string_pattern_mismatch": N_("写法不对，要符合 %(pattern)s"),
    "string_too_short": N_("至少 %(min_length)s 个字"),
    "string_too_long": N_("最多 %(max_length)s 个字"),
    "greater_than": N_("要大于 %(gt)s"),
    "greater_than_equal": N_("不能小于 %(ge)s"),
    "less_than": N_("要小于 %(lt)s"),
    "less_than_equal": N_("不能大于 %(le)s"),
    "too_short": N_("至少 %(min_length)s 项"),
    "too_long": N_("最多 %(max_length)s 项"),
    # the pack's own rules
    "words_missing": N_("缺少%(lang)s文字"),
    "words_exclamation": N_("不用感叹号：%(text)s"),
    "words_quote": N_("建议说的话由页面加「」，这里不写：%(text)s"),
    "words_half_width": N_("中文旁边要用全角标点：%(text)s"),
    "words_spaced": N_("中文里不打空格：%(text)s"),
    "words_han_in_en": N_("英文里有汉字：%(text)s"),
    "words_slots": N_("中英文的空位不一样：%(text)s"),
    "words_long": N_("中文 %(length)s 字，最多 %(limit)s 字：%(text)s"),
    "retry_days": N_("再试要写几天以后"),
    "next_playbook": N_("要写接着用哪个打法"),
    "next_no_playbook": N_("只有接着用另一个打法时才写打法"),
    "words_jump": N_("看不懂“%(line)s”这条跳题。请写成：答了什么 → 跳到哪题，比如 0-6 → why_not，结束写 end"),
    "steps_order": N_("步骤的天数要从小到大，不能重复"),
}


def in_chinese(error: ErrorDetails) -> str:
    """One sentence for a fault. Those that the pack's own rules raise are Chinese already."""
    template = _CHINESE.get(error["type"])
    if template is None:
        return error["msg"]
    plain = error["type"].startswith("words_")  # what was written is told as it was written
    context = error.get("ctx", {}).items()
    return Said(template, **{key: str(value) if plain else str(value).replace(" or ", "、").replace("'", "") for key, value in context})
