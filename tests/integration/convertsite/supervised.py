"""A supervisor of small processes, for test_processes.py: `python -m …supervised FOLDER [stubborn]`.

`store` starts first and stops last; `eager` and `steady` are started together. Each writes its id in FOLDER/NAME.
"""

import asyncio
import sys
from pathlib import Path

from convertsite.processes import Part, Supervisor

PROGRAM = """
import os, pathlib, signal, sys, time
folder, name, stubborn = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "stubborn"
def stop(*_):
    print("was asked to stop", flush=True)
    if not stubborn:
        sys.exit()
signal.signal(signal.SIGTERM, stop)
(folder / (name + ".new")).write_text(str(os.getpid()))
(folder / (name + ".new")).rename(folder / name)
print("runs", flush=True)
while True:
    time.sleep(60)
"""


def main(folder: Path, manner: str) -> None:
    def part(name: str, starts: int, stops: int) -> Part:
        async def answers() -> bool:
            return (folder / name).exists()

        command = [sys.executable, "-c", PROGRAM, str(folder), name, manner]
        return Part(name=name, command=command, starts=starts, stops=stops, patience=0.5, answers=answers)

    async def ready() -> None:
        say("up", "ready")

    parts = [part("eager", 1, 0), part("steady", 1, 1), part("store", 0, 2)]

    async def run() -> None:
        await Supervisor(parts, say).run(ready)

    asyncio.run(run())
    say("up", "ended")


def say(name: str, line: str) -> None:
    print(f"{name}: {line}", flush=True)  # noqa: T201 (how the tests hear of it)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
