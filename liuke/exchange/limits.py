"""How large a file may be. Asked of the zip directory or the first bytes, before anything is unpacked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, counts of rows and columns, `seconds` of reading and `memory` of the guarded child process."""

    file: int = 100_000_000
    unpacked: int = 1_000_000_000
    members: int = 2_000
    rows: int = 1_000_000
    columns: int = 500
    cell: int = 100_000
    seconds: int = 900
    memory: int = 1_500_000_000


LIMITS = Limits()
