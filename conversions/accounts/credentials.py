"""What a socket was opened with, and whether that still holds."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils import timezone

from conversions.accounts import tokens
from conversions.models import ApiToken


@dataclass(frozen=True, slots=True)
class Credential:
    """An API token, by its digest, or else a session; and what the password's hash was, if the session is a user's."""

    token_digest: str = field(default="", repr=False)
    session_key: str = field(default="", repr=False)
    user_id: int | None = None
    password: str = field(default="", repr=False)


def credential_of(request: HttpRequest, token: str | None) -> Credential | None:
    """The credential of who asks with this token, or without one; None for a stranger without a session."""
    if token is not None:
        return Credential(token_digest=tokens.digest(token))
    if not request.session.session_key:
        return None
    password = request.user.password if request.user.is_authenticated else ""
    return Credential(session_key=request.session.session_key, user_id=request.user.pk, password=password)


def still_valid(credentials: Collection[Credential]) -> list[Credential]:
    """Those whose token or session exists, whose user is active and has the same password. A query a kind, however many
    are asked about."""
    # Sessions are not decoded: who signs in or out, or changes the password, has another key afterwards.
    sessions = Session.objects.filter(
        session_key__in={credential.session_key for credential in credentials} - {""}, expire_date__gt=timezone.now()
    )
    digests = ApiToken.objects.filter(
        digest__in={credential.token_digest for credential in credentials} - {""}, user__is_active=True
    )
    users = User.objects.filter(
        pk__in={credential.user_id for credential in credentials if credential.user_id is not None}, is_active=True
    )
    keys = {*sessions.values_list("session_key", flat=True), *digests.values_list("digest", flat=True)}
    passwords: dict[int | None, str] = {None: "", **dict(users.values_list("pk", "password"))}
    return [
        credential
        for credential in credentials
        if (credential.session_key or credential.token_digest) in keys
        and passwords.get(credential.user_id) == credential.password
    ]
