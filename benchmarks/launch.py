"""Starts commands for the process benchmarks, from a process that is itself small.

A process is charged with the memory of whoever started it until it has replaced itself, so the peak of a
command started from a large process is that of the large process. This one reads commands as JSON, a line
each, and answers with the peak memory in KiB and the exit code. It is run on its own and imports little.
"""

import json
import os
import sys


def serve() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        order = json.loads(line)
        argv = order["argv"]
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        pid = os.posix_spawn(
            argv[0],
            argv,
            {**os.environ, **order["env"]},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, log, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
            ],
        )
        _, status, usage = os.wait4(pid, 0)
        os.close(log)
        answer = {"code": os.waitstatus_to_exitcode(status), "kib": usage.ru_maxrss}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
