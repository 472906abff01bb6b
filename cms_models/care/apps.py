from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "cms_models.care"
    label = "care"
    verbose_name = "Care"
