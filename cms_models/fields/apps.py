from importlib import import_module

from django.apps import AppConfig


class FieldsConfig(AppConfig):
    name = "cms_models.fields"
    label = "fields"
    verbose_name = "Rules and fields"

    def ready(self) -> None:
        """Tell the audit and the imports of the types of records councils made."""
        kinds = import_module("cms_models.fields.own.kinds")
        kinds.register()
