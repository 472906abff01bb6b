from django.apps import AppConfig


class MarketConfig(AppConfig):
    name = "cms_models.market"
    label = "market"
    verbose_name = "Market"
