from django.apps import AppConfig


class FieldsConfig(AppConfig):
    name = "cms_models.fields"
    label = "fields"
    verbose_name = "Rules and fields"
