"""The five kinds of file."""

from liuke.exchange.datasets.contracts import CONTRACTS
from liuke.exchange.datasets.customers import CUSTOMERS
from liuke.exchange.datasets.deals import DEALS
from liuke.exchange.datasets.field import Dataset, Field
from liuke.exchange.datasets.interactions import INTERACTIONS
from liuke.exchange.datasets.payments import PAYMENTS

DATASETS: dict[str, Dataset] = {each.code: each for each in (CUSTOMERS, DEALS, CONTRACTS, PAYMENTS, INTERACTIONS)}

__all__ = ["DATASETS", "Dataset", "Field"]
