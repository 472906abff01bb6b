from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "cms_models.places"
    label = "places"
    verbose_name = "Places"
