"""投诉: entry, board and list, the case, the customer's own form and receipt, figures."""
