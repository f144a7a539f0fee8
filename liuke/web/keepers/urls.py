"""Addresses: 公海、交接、借出的卡."""

from liuke.web.keepers import check_outs, handover, pool

urlpatterns = [*check_outs.urlpatterns, *handover.urlpatterns, *pool.urlpatterns]
