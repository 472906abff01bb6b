from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "cms_models.audit"
    label = "audit"
    verbose_name = "Audit"
