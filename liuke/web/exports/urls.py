"""Addresses: 导出、邮寄."""

from liuke.web.exports import asking, mailing_new, mailings

urlpatterns = [*mailing_new.urlpatterns, *mailings.urlpatterns, *asking.urlpatterns]
