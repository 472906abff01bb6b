from django.apps import AppConfig


class BrokerageConfig(AppConfig):
    name = "cms_models.brokerage"
    label = "brokerage"
    verbose_name = "Brokerage"
