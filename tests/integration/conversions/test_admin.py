from importlib.metadata import version
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from conversions.accounts import tokens
from conversions.engines import registry
from conversions.engines.engine import Engine
from conversions.models import ApiToken, Conversion, Owner
from tests.integration.conversions.web import convert

pytestmark = pytest.mark.django_db
LISTS = ["conversion", "owner", "apitoken"]


@pytest.fixture
def filled(client: Client) -> Conversion:
    for name in ("one.png", "two.png", "three.png"):
        made = convert(client, name=name)
    tokens.create(User.objects.create_user("ada"), "nightly")
    return Conversion.objects.get(id=made.json()["id"])


@pytest.mark.parametrize("model", LISTS)
def test_lists_can_be_searched(admin_client: Client, filled: Conversion, model: str) -> None:
    address = f"/admin/conversions/{model}/"
    assert admin_client.get(address).status_code == 200
    assert admin_client.get(address, {"q": "nothing like it"}).status_code == 200


def test_conversion_is_found_by_file_name_owner_and_id(admin_client: Client, filled: Conversion) -> None:
    for query in ("three.png", filled.owner.key, str(filled.id)):
        page = admin_client.get("/admin/conversions/conversion/", {"q": query}).content.decode()
        assert "three.png" in page
    assert "three.png" not in admin_client.get("/admin/conversions/conversion/", {"q": "one.png"}).content.decode()


@pytest.mark.parametrize("model", LISTS)
def test_lists_ask_the_database_no_more_often_for_many(
    admin_client: Client, filled: Conversion, model: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(9):
        admin_client.get(f"/admin/conversions/{model}/")


def test_nothing_is_edited_by_hand(admin_client: Client, filled: Conversion) -> None:
    address = f"/admin/conversions/conversion/{filled.id}/change/"
    assert admin_client.get(address).status_code == 200
    assert admin_client.post(address, {"state": "completed"}).status_code == 403
    for model in LISTS:
        assert admin_client.get(f"/admin/conversions/{model}/add/").status_code == 403


def test_deleting_is_what_the_owner_could_do(admin_client: Client, filled: Conversion) -> None:
    admin_client.post(f"/admin/conversions/conversion/{filled.id}/delete/", {"post": "yes"})
    filled.refresh_from_db()
    assert filled.deleted_at is not None
    action = {
        "action": "delete_selected",
        "post": "yes",
        "_selected_action": list(Conversion.objects.values_list("pk", flat=True)),
    }
    admin_client.post("/admin/conversions/conversion/", action)
    assert not Conversion.objects.filter(deleted_at=None).exists()


def test_owners_are_not_deleted(admin_client: Client, filled: Conversion) -> None:
    assert admin_client.post(f"/admin/conversions/owner/{filled.owner.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Owner.objects.filter(pk=filled.owner.pk).exists()


def test_deleting_a_token_revokes_it(admin_client: Client) -> None:
    token = tokens.create(User.objects.create_user("ada"), "nightly")
    admin_client.post(f"/admin/conversions/apitoken/{ApiToken.objects.get().pk}/delete/", {"post": "yes"})
    assert tokens.user_of(token) is None


def test_engines_are_shown_with_what_they_are_kept_from(admin_client: Client, client: Client) -> None:
    page = admin_client.get("/admin/conversions/conversion/engines/").content.decode()
    assert "ffmpeg" in page
    assert version("pyvips") in page
    assert "Landlock" in page
    assert client.get("/admin/conversions/conversion/engines/").status_code == 302
    assert "engines/" in admin_client.get("/admin/conversions/conversion/").content.decode()


def test_an_engine_whose_package_is_missing_is_shown_as_absent(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "ENGINES", (Engine("raw", "nowhere", (), ("no-such-package",)),))
    assert "absent" in admin_client.get("/admin/conversions/conversion/engines/").content.decode()


def test_an_extra_that_is_absent_says_how_it_is_installed(
    admin_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = Engine("raw", "nowhere", (), ("no-such-package",), extra="pip install no-such-package")
    broken = Engine("images", "nowhere", (), ("no-such-package",))
    found = Engine("office", "nowhere", (), probe=lambda: "7.4", extra="apt-get install office")
    monkeypatch.setattr(registry, "ENGINES", (absent, broken, found))
    page = admin_client.get("/admin/conversions/conversion/engines/").content.decode()
    assert "pip install no-such-package" in page
    assert "make install" in page
    assert "7.4" in page
    assert "apt-get install office" not in page
