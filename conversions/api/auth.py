"""How a request of the API says who it comes from: a bearer token, or the session's cookie."""

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from conversions.accounts import tokens
from conversions.accounts.owners import require_served
from conversions.api.errors import CsrfFailed
from conversions.errors import TokenInvalid


class Bearer(HttpBearer):
    """`Authorization: Bearer …`. A wrong token is an error, also where the session would do."""

    def authenticate(self, request: HttpRequest, token: str) -> bool:
        """Make the token's user the request's. Raises `TokenInvalid`."""
        user = tokens.user_of(token.strip())
        if user is None:
            raise TokenInvalid
        request.user = user
        return True


class Session(APIKeyCookie):
    """The session of a signed-in user or of an anonymous visitor; what changes something needs the CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> str:
        if check_csrf(request):
            raise CsrfFailed
        return self.authenticate(request, request.COOKIES.get(self.param_name))

    def authenticate(self, request: HttpRequest, key: str | None) -> str:
        """Let in whom the site serves, without a session for who has none. Raises `SignInRequired`."""
        require_served(request)
        return "session"
