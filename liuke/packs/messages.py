"""Pydantic's faults in Chinese."""

from __future__ import annotations

from pydantic_core import ErrorDetails

_CHINESE = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这一项，可能拼错了",
    "string_type": "要写文字",
    "int_type": "要写整数",
    "int_parsing": "要写整数",
    "int_from_float": "要写整数",
    "bool_type": "要写 true 或 false",
    "bool_parsing": "要写 true 或 false",
    "decimal_type": "要写数字",
    "decimal_parsing": "要写数字",
    "tuple_type": "要写成列表，每项前面一个短横",
    "dict_type": "要写成 名称: 内容",
    "model_type": "要写成 名称: 内容",
    "model_attributes_type": "要写成 名称: 内容",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "string_pattern_mismatch": "写法不对，要符合 {pattern}",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "greater_than": "要大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "要小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
}


def in_chinese(error: ErrorDetails) -> str:
    """One sentence for a fault. Faults that the pack's own rules raise are Chinese already."""
    template = _CHINESE.get(error["type"])
    if template is None:
        return error["msg"]
    context = {key: str(value).replace(" or ", "、").replace("'", "") for key, value in error.get("ctx", {}).items()}
    return template.format(**context)
