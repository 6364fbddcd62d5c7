"""Static files by WhiteNoise: hashed names, and served without the sync iterator that ASGI warns about."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

from convertsite.bundle import bundle

MODULES, JOINED = "conversions/convert.js", "conversions/page.js"


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashes file names in the imports of JavaScript modules too, and joins those of the convert page in one file."""

    support_js_module_import_aggregation = True
    manifest_strict = True
    # Without the last pattern, `import("…")`: it stands in comments only, for types, which may refer to each other.
    _js_module_import_aggregation_patterns = (
        "*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1][:-1],
    )

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """As in Django, with the joined file among those that are hashed and compressed."""
        if MODULES in paths and not dry_run:
            joined = bundle(MODULES, lambda path: Path(self.path(path)).read_text())
            Path(self.path(JOINED)).write_text(joined)
            paths[JOINED] = (self, JOINED)
        yield from super().post_process(paths, dry_run, **options)

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Those that browsers are sent to: no copy without a hash, no source map. To compress all takes a first start
        four times as long as the rest of it."""
        linked = {name for name in self.hashed_files.values() if not name.endswith(".map")}
        yield from super().compress_files(linked.intersection(paths))


def version() -> str:
    """A hash over all files as `collectstatic` last left them; empty before it ran."""
    return str(getattr(staticfiles_storage, "manifest_hash", ""))


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """Answers with the file's bytes: under ASGI Django would read a file response whole, with a warning."""

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        body = b""
        if found.file is not None:
            with found.file:
                body = found.file.read()
        response = HttpResponse(body, status=int(found.status))
        del response["Content-Type"]
        for name, value in found.headers:
            response[name] = value
        return response
