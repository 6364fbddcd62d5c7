"""The smallest Django project with the reliable layer."""
