#!/usr/bin/env python
"""Django's command line for Convertsite."""

import os
import signal
import sys


def main() -> None:
    if sys.argv[1:2] == ["up"]:
        # Until it has processes to stop, Ctrl-C ends it at once: an exception in the midst of imports is told, or lost.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.umask(0o077)  # what is written, sessions in the database too, is for this user alone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convertsite.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
