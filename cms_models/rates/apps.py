from django.apps import AppConfig


class RatesConfig(AppConfig):
    name = "cms_models.rates"
    label = "rates"
    verbose_name = "Rates"
