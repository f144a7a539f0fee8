"""A link as a QR code, drawn on the server as SVG: it prints, and needs no script."""

from __future__ import annotations

from markupsafe import Markup, escape
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

from liuke.web.words import written


def code(link: str, label: str) -> Markup:
    """The code of an address, black on white with its quiet zone; `label` is what screen readers say."""
    made = QRCode(error_correction=ERROR_CORRECT_M, border=4)
    made.add_data(link)
    made.make(fit=True)
    rows = made.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return written(
        f'<svg class="lk-qr" viewBox="0 0 {len(rows)} {len(rows)}" width="200" height="200" role="img" aria-label="{escape(label)}">'
        f'<path fill="#fff" d="M0 0h{len(rows)}v{len(rows)}H0z"/><path fill="#000" d="{path}"/></svg>'
    )
