"""Chinese is written with Chinese punctuation."""

import re

HAN = r"[\u3400-\u9fff\uf900-\ufaff]"
HALF_WIDTH = re.compile(rf"(?<={HAN})[,;:?!]|[,;:?!](?={HAN})")


def half_width(text: str) -> list[str]:
    """Each comma, semicolon, colon, question or exclamation mark of half width beside a Han character, with what stands around it."""
    return [text[max(0, hit.start() - 8) : hit.end() + 8].replace("\n", " ") for hit in HALF_WIDTH.finditer(text)]
