"""Pages: one file per domain, templates beside in templates/<domain>/."""
