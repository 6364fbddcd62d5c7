"""Django admin: how conversions went, who owns what, the API tokens, maintenance."""

from conversions.admin import maintenance, owners, rows

__all__ = ["maintenance", "owners", "rows"]
