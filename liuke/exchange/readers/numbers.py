"""Numbers and days of spreadsheets as text: what a person sees in the cell, in full."""

from datetime import datetime, timedelta
from decimal import Decimal

_EPOCH_1900 = datetime(1899, 12, 31)  # noqa: DTZ001 - a calendar day, of no zone
_EPOCH_1904 = datetime(1904, 1, 1)  # noqa: DTZ001


def plain_number(text: str) -> str:
    """The number as Excel shows it in full: at most 15 digits, no exponent. Beyond 15 digits it is left in scientific notation, so that
    whoever reads it as a number of something (a phone, a card) sees that digits are lost."""
    if text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 15:
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    if number != number or number in (float("inf"), float("-inf")):
        return text
    if abs(number) >= 1e15:
        return f"{number:.14E}"
    shown = format(Decimal(f"{number:.15g}"), "f")
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def serial_text(serial: float, epoch_1904: bool) -> str | None:
    """`2024-03-05` or `2024-03-05 08:26:00` of a cell shown as a date; None where no calendar has the day. Day 0 is Excel's 1900-01-00."""
    if not 0 <= serial < 2958466:
        return None
    days, seconds = int(serial), round((serial - int(serial)) * 86400)
    if epoch_1904:
        moment = _EPOCH_1904 + timedelta(days=days, seconds=seconds)
    elif days == 0:
        return "1900-01-00" if not seconds else f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    elif days == 60:
        return "1900-02-29"
    else:
        # Excel believes 1900 was a leap year: up to February its days are one later.
        moment = _EPOCH_1900 + timedelta(days=days - (days >= 60), seconds=seconds)
    return moment.strftime("%Y-%m-%d %H:%M:%S") if seconds else f"{moment:%Y-%m-%d}"
