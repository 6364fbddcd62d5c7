"""API tokens: made once, shown once, kept as a hash."""

import hashlib
import secrets
from collections.abc import Collection, Iterable
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
    return users_of([token]).get(token)


def users_of(tokens: Collection[str]) -> dict[str, User]:
    """The active users whom these tokens speak for. A token that speaks for nobody is left out."""
    digests = {token: digest(token) for token in tokens}
    valid = ApiToken.objects.select_related("user__owner").filter(user__is_active=True)
    found = valid.in_bulk(digests.values(), field_name="digest")
    _note_use(found.values())
    return {token: found[key].user for token, key in digests.items() if key in found}


def bearer(authorization: str) -> str | None:
    """The token of an `Authorization` header; None where it carries another scheme, or nothing."""
    scheme, _, token = authorization.strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _note_use(tokens: Iterable[ApiToken]) -> None:
    now = timezone.now()
    due = [one.pk for one in tokens if one.last_used_at is None or now - one.last_used_at > USE_NOTED_EVERY]
    if due:
        ApiToken.objects.filter(pk__in=due).update(last_used_at=now)
