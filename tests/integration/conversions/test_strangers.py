"""Nobody sees what belongs to somebody else, and cannot tell it from what does not exist."""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conversions.accounts import tokens
from conversions.models import Conversion
from convertsite.api import api
from tests.integration.conversions.web import API, assert_problem, convert

pytestmark = pytest.mark.django_db


def operations() -> Iterator[tuple[str, str]]:
    """Each method and address of the API that takes a conversion's id."""
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method in methods if "{conversion_id}" in path else ():
            yield method, path


def strangers() -> Iterator[Client]:
    """A visitor, a signed-in user, an admin in the API, and a program with a token of its own."""
    yield Client()
    for user in (User.objects.create_user("eve"), User.objects.create_superuser("root")):
        browser = Client()
        browser.force_login(user)
        yield browser
    yield Client(headers={"Authorization": f"Bearer {tokens.create(user, 'test')}"})


@pytest.mark.parametrize(("method", "path"), list(operations()))
def test_somebody_elses_conversion_is_as_one_that_does_not_exist(client: Client, method: str, path: str) -> None:
    theirs = convert(client).json()["id"]
    for stranger in strangers():
        found = stranger.generic(method.upper(), path.format(conversion_id=theirs))
        missing = stranger.generic(method.upper(), path.format(conversion_id=uuid4()))
        assert_problem(found, 404, "not_found")
        assert json.loads(found.content) == json.loads(missing.content)
    assert Conversion.objects.get().state == "queued"
    assert Conversion.objects.get().deleted_at is None


def test_list_holds_only_ones_own(client: Client) -> None:
    convert(client)
    for stranger in strangers():
        assert stranger.get(f"{API}/conversions").json()["items"] == []


def test_operations_with_an_id_are_found() -> None:
    assert len(list(operations())) >= 6
