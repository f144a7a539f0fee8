"""The ground floor: pure Python that knows no database and no web. Reading what people type, dates, money, names, and how to hide them."""
