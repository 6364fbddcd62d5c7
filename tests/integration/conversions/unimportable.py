"""An engine's module whose package is not there."""

import no_such_package  # type: ignore[import-not-found]

convert = no_such_package.convert
