"""Who looks at admin in tests, and what the admin log says."""

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client


def staff(*permissions: str, name: str = "grace") -> Client:
    """Somebody who may sign in to admin, and has these permissions and no others."""
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def logged() -> list[tuple[str, str, str]]:
    """Who did what, and to what, in the order of the admin log."""
    entries = LogEntry.objects.select_related("user").order_by("id")
    return [(entry.user.username, entry.object_repr, entry.get_change_message()) for entry in entries]
