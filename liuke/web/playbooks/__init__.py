"""打法: the list, writing playbooks and scripts, what they did against customers left alone."""
