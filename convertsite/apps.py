from django.apps import AppConfig


class ConvertsiteConfig(AppConfig):
    name = "convertsite"
