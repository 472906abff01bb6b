from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "cms_models.notices"
    label = "notices"
    verbose_name = "Notices"
