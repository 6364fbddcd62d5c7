"""Where an upload waits that is too large for memory: a file of ours, in whose name nothing is the user's."""

from typing import Any

from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.http.multipartparser import MultiPartParser

NAME = "upload"

# Django takes invisible characters out of names, without which some emoji and languages fall apart, and reads HTML's
# entities in them. Names are text to us, which names.py makes safe: an empty one stays what says that there is no file.
setattr(MultiPartParser, "sanitize_file_name", lambda _, name: name or None)  # noqa: B010 (mypy forbids the other way)


class Spool(TemporaryFileUploadHandler):
    """Django's own gives the temporary file the ending of the user's name, of any length and of any characters."""

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        """Begin a file with a random name; what it is called by the user stays beside it, as text."""
        super().new_file(field_name, NAME, *args, **kwargs)
        self.file_name = self.file.name = file_name
