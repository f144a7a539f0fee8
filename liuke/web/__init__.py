"""Pages: a folder per domain, templates beside in templates/<domain>/; here what they share, and pages that are alone."""
