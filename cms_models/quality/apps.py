from django.apps import AppConfig


class QualityConfig(AppConfig):
    name = "cms_models.quality"
    label = "quality"
    verbose_name = "Quality"
