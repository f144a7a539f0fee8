"""MBG/NBD: as BG/NBD, and a customer may also leave at time zero, after the deal that made him one.

Batislam, E. P., Denizel, M. & Filiztekin, A. (2007), Empirical validation and comparison of models for customer base analysis.
International Journal of Research in Marketing 24(3), 201–209; the same model as the CBG/NBD of Hoppe, D. & Wagner, U. (2007),
Customer base analysis: the case for a central variant of the Betageometric/NBD model. Marketing – Journal of Research and
Management 3(2), 75–90. The conditional expectation as corrected by Wagner, U. & Hoppe, D. (2008), Erratum on the MBG/NBD model,
International Journal of Research in Marketing 25(3), 225–226. With x = 0 the likelihood is b/(a+b)·(α/(α+T))^r + a/(a+b):
nobody is alive for certain. Parameters r, alpha (weeks), a, b.
"""

from __future__ import annotations

from .beta_geometric import BetaGeometric

MODEL = BetaGeometric("mbgnbd", starts=1)
