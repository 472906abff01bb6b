from django.apps import AppConfig


class TendersConfig(AppConfig):
    name = "cms_models.tenders"
    label = "tenders"
    verbose_name = "Tenders"
