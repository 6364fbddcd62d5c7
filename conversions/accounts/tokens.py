"""API tokens: made once, shown once, kept as a hash."""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from conversions.models import ApiToken

PREFIX = "cs_"
# `last_used_at` is for people; a write at each request would queue behind the conversions' writes.
USE_NOTED_EVERY = timedelta(minutes=1)


def create(user: User, name: str) -> str:
    """Make a token of the user; returns its text, which nobody can read again."""
    token = PREFIX + secrets.token_urlsafe(32)
    ApiToken.objects.create(user=user, name=name, digest=digest(token))
    return token


def digest(token: str) -> str:
    """What is kept of a token. A fast hash will do: the token is random, not somebody's password."""
    return hashlib.sha256(token.encode()).hexdigest()


def user_of(token: str) -> User | None:
    """The active user whom the token speaks for, or None."""
    found = ApiToken.objects.select_related("user").filter(digest=digest(token), user__is_active=True).first()
    if found is None:
        return None
    _note_use(found)
    return found.user


def bearer(authorization: str) -> str | None:
    """The token of an `Authorization` header; None where it carries another scheme, or nothing."""
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
