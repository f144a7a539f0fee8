"""What counts as having come."""

REFUND, SERVICE = "refund", "service"  # codes of deals.labels.DealKind


def came(kind: str, amount_cents: int) -> bool:
    """Whether a deal makes a deal day: a positive amount that is not a refund, or a service visit under a package or warranty (0).

    Source: domain page 2, Metrics.
    """
    if kind == REFUND:
        return False
    return amount_cents > 0 or (kind == SERVICE and amount_cents == 0)
