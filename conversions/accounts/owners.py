"""Whose files: a signed-in user's, or an anonymous visitor's, whose random key stands in the session."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.db.models import QuerySet
from django.dispatch import receiver
from django.http import HttpRequest

from conversions.errors import SessionChanged, SignInRequired
from conversions.models import Conversion, Owner, random_key

SESSION_KEY = "owner_key"
LOOKING_AROUND = 24 * 3600
"""Seconds that the session of a visitor lasts who owns nothing yet: crawlers leave one behind for each page."""


def owner_of(request: HttpRequest) -> Owner:
    """The owner who asks, made if new. Raises `SignInRequired` where anonymous visitors are not served, and
    `SessionChanged` if the request's session has ended."""
    if request.user.is_authenticated:
        return _users_owner(request.user)
    _require_current(request)
    key = _visitor_key(request)
    if request.session.get("_session_expiry") is not None:
        request.session.set_expiry(None)  # now there is something to come back to
    return Owner.objects.get_or_create(key=key)[0]


def key_of(request: HttpRequest) -> str:
    """The key of the owner who asks. A new visitor costs a short session and no more.

    A page needs the key when it loads, since it subscribes to the topic by name, before anything is owned.
    Raises `SignInRequired`.
    """
    return owner_of(request).key if request.user.is_authenticated else _visitor_key(request)


def topic_of(request: HttpRequest, *, begin: bool = False) -> str:
    """The topic that carries the events of who asks.

    `begin` is for pages, which are asked for with the cookie that a browser has now: they begin a session in place of
    one that ended. Raises `SignInRequired`, and else `SessionChanged` if the request's session has ended.
    """
    if not (begin or request.user.is_authenticated):
        _require_current(request)
    return Owner(key=key_of(request)).topic


def conversions_of(request: HttpRequest) -> QuerySet[Conversion]:
    """The conversions of who asks, in the order of lists, those included whose deletion can still be undone."""
    if not request.user.is_authenticated and settings.ANONYMOUS and SESSION_KEY not in request.session:
        return Conversion.objects.none()  # a stranger's look writes no session
    return Conversion.objects.filter(owner__key=key_of(request)).prefetch_related("sources")


def owner_key(scope: Mapping[str, Any]) -> str:
    """The owner's key of a WebSocket's scope as accounts/middleware.py filled it; empty for a stranger."""
    return str(scope.get("owner_key", ""))


def require_served(request: HttpRequest) -> None:
    """Raise `SignInRequired` for a visitor where only signed-in people are served."""
    if not (settings.ANONYMOUS or request.user.is_authenticated):
        raise SignInRequired


def _require_current(request: HttpRequest) -> None:
    """Raise `SessionChanged` for a session that has ended: a new visitor's cookie would take the place of the one that
    the browser holds by now."""
    if request.session.is_empty() and request.COOKIES.get(settings.SESSION_COOKIE_NAME):
        raise SessionChanged


def _users_owner(user: User) -> Owner:
    try:
        return user.owner  # which may have been read along with the user
    except Owner.DoesNotExist:
        # Not `user=user`: Django would keep the made owner as `user.owner` even if another request's was first.
        return Owner.objects.get_or_create(user_id=user.pk)[0]


def _visitor_key(request: HttpRequest) -> str:
    require_served(request)
    if SESSION_KEY not in request.session:
        request.session[SESSION_KEY] = random_key()
        request.session.set_expiry(LOOKING_AROUND)
    return str(request.session[SESSION_KEY])


@receiver(user_logged_in)
def bring_files_along(request: HttpRequest | None, user: User, **_: Any) -> None:
    """Give the visitor's conversions to the user who signs in.

    The user never takes the visitor's key over: whoever knew it before would go on listening.
    """
    if request is None:
        return
    request.session.set_expiry(None)
    key = request.session.pop(SESSION_KEY, None)
    if key and (visitors := Conversion.objects.filter(owner__key=key, owner__user=None)).exists():
        owner = _users_owner(user)
        used = owner.conversions.exclude(idempotency_key="").values("idempotency_key")
        visitors.filter(idempotency_key__in=used).update(idempotency_key="")
        visitors.update(owner=owner)
