"""承诺: the list, and what can be done with one."""
