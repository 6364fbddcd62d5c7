"""How operators are told: by e-mail and by a webhook, whichever are set."""

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.core.mail import send_mail

PATIENCE = 5.0  # seconds for a webhook; for the mail server it is EMAIL_TIMEOUT
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class News:
    """Something is wrong since then, or that is over."""

    name: str
    summary: str
    advice: str
    since: datetime
    over: bool

    @property
    def line(self) -> str:
        """All of it in a sentence or two."""
        return f"Over: {self.summary}" if self.over else f"{self.summary} {self.advice}"


class _Stays(HTTPRedirectHandler):
    """The address is the operator's word; where it leads on is not."""

    def redirect_request(self, *_: Any) -> None:
        return None


def is_wanted() -> bool:
    """Whether there is anybody to tell."""
    return bool(settings.ALERT_EMAILS or settings.ALERT_WEBHOOK)


def tell(news: News) -> bool:
    """Whether anybody was told; a way that did not work is logged."""
    took = [
        _by(way, news) for way, wanted in ((_mail, settings.ALERT_EMAILS), (_post, settings.ALERT_WEBHOOK)) if wanted
    ]
    return any(took)


def _by(way: Any, news: News) -> bool:
    try:
        way(news)
    except (OSError, ValueError, HTTPException) as error:  # the mail server's and the webhook's are of these
        logger.warning("An alert (%s) could not be told by %s: %s", news.name, way.__name__[1:], error)
        return False
    return True


def _mail(news: News) -> None:
    told = "is over" if news.over else "begins"
    parts = [news.summary, f"Since {news.since:%Y-%m-%d %H:%M} UTC, at {settings.SITE_URL}."]
    parts += ["It is over."] if news.over else [news.advice, "You are told again when it is over."]
    send_mail(f"[Convertsite] {news.name}: trouble {told}", "\n\n".join(parts), None, settings.ALERT_EMAILS)


def _post(news: News) -> None:
    if urlsplit(settings.ALERT_WEBHOOK).scheme not in ("http", "https"):
        raise ValueError("it is no http(s) address")
    document = {
        "alert": news.name,
        "state": "over" if news.over else "begun",
        "summary": news.summary,
        "what_to_do": "" if news.over else news.advice,
        "since": news.since.isoformat(),
        "site": settings.SITE_URL,
        "text": f"{settings.SITE_URL}: {news.line}",  # what chats show
    }
    headers = {"Content-Type": "application/json"}
    request = Request(settings.ALERT_WEBHOOK, json.dumps(document).encode(), headers)  # noqa: S310 (see above)
    try:
        build_opener(_Stays).open(request, timeout=PATIENCE).close()
    except HTTPError as answer:
        answer.close()
        raise ValueError(f"it answered {answer.code}") from None
