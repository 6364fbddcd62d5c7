"""Whether a part of the site lives, for health checks of containers: `python -m convertsite.alive worker`."""

import sys

from redis import RedisError

from convertsite.liveness import PARTS, is_alive


def main(arguments: list[str]) -> int:
    """0: it does; 1: it does not, or Valkey, where it would, does not answer; 2: there is no such part."""
    if len(arguments) != 1 or arguments[0] not in PARTS:
        sys.stderr.write(f"Say which part: one of {', '.join(PARTS)}.\n")
        return 2
    try:
        return 0 if is_alive(arguments[0]) else 1
    except RedisError as error:
        sys.stderr.write(f"Valkey does not answer: {error}\n")
        return 1


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convertsite.settings")
    sys.exit(main(sys.argv[1:]))
