"""Django admin: how conversions went, engines, who owns what, the API tokens, maintenance."""

from conversions.admin import maintenance, owners, rows

__all__ = ["maintenance", "owners", "rows"]
