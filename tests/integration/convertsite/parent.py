"""A parent of a guarded process, for test_guard.py: starts it as the supervisor does, prints its id, and waits."""

import os
import subprocess
import sys

from convertsite.processes import GUARD

watched = sys.argv[1] == "watched"
child = [sys.executable, "-c", "import time; print('child runs', flush=True); time.sleep(60)"]
guarded = [sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), *child]
if watched:  # as it goes where the kernel does not offer to end a process with its parent
    program = (
        f"import sys; sys.path.insert(0, {str(GUARD.parent)!r}); import guard; sys.exit(guard.run_watched({child}))"
    )
    guarded = [sys.executable, "-c", program]

process = subprocess.Popen(guarded, stdin=subprocess.PIPE, start_new_session=True)
print(process.pid, flush=True)  # noqa: T201 (how the test hears of it)
sys.exit(process.wait())
