from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "marketplace.common.audit"
    label = "audit"
    verbose_name = "Audit"
