"""No link that opens without a log-in stands in the log."""

import logging

import pytest

from liuke.site.logs import NoLinks


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (("Conflict: %s", "/s/GmtHlm5ozQk0gIKm_FgkvA/"), "Conflict: /s/…/"),
        (("Not Found: %s", "/complaints/receipt/GmtHlm5ozQk0gIKm/"), "Not Found: /complaints/receipt/…/"),
        (("Not Found: %s", "/customers/5/"), "Not Found: /customers/5/"),
    ],
)
def test_links_are_covered(said, kept):
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, said[0], (said[1],), None)
    assert NoLinks().filter(record) and record.getMessage() == kept
