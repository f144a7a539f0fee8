"""BG/NBD: a customer deals at a rate of his own while he is one, and after each repeat deal leaves with a probability of his own.

Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005), "Counting Your Customers" the Easy Way: An Alternative to the Pareto/NBD Model.
Marketing Science 24(2), 275–284: likelihood eq. (6), E[X(t)] eq. (9), E[Y(t) | x, t_x, T] eq. (10). A customer with x = 0 is alive
for certain. Parameters r, alpha (weeks), a, b.
"""

from __future__ import annotations

from .beta_geometric import BetaGeometric

MODEL = BetaGeometric("bgnbd", starts=0)
