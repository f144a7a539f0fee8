from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "liuke.audit"
    label = "audit"
    verbose_name = "审计"
