"""满意度: the pages of staff, and the one of the customer."""
