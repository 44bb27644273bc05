"""Runs PyTorch for the benchmarks: a JSON command on each line of standard input, an answer on each
line of standard output."""

import json
import os
import sys
import time

# What libraries print must not come between the answers.
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

import torch  # noqa: E402

torch.set_num_threads(1)
torch.set_num_interop_threads(1)

from workloads import workloads  # noqa: E402

jobs = {}


def describe(_):
    return {
        "version": torch.__version__,
        "threads": torch.get_num_threads(),
        "capability": torch.backends.cpu.get_cpu_capability(),
        "oneDNN": torch.backends.mkldnn.is_available(),
        "config": torch.__config__.show(),
        "parallel": torch.__config__.parallel_info(),
    }


def prepare(command):
    jobs[command["id"]] = workloads[command["work"]](command["job"])


def run(command):
    """Runs a job some times; returns each run's number and its milliseconds."""
    work = jobs[command["id"]]
    values, milliseconds = [], []
    for _ in range(command["times"]):
        start = time.perf_counter()
        values.append(work())
        milliseconds.append(1000 * (time.perf_counter() - start))
    return {"values": values, "milliseconds": milliseconds}


def check(command):
    work = jobs[command["id"]]
    work()
    return work.check()


def drop(_):
    jobs.clear()


commands = {"describe": describe, "prepare": prepare, "run": run, "check": check, "drop": drop}

for line in sys.stdin:
    command = json.loads(line)
    try:
        answer = {"answer": commands[command["command"]](command)}
    except Exception as error:  # The other side decides what a failure means.
        answer = {"error": f"{type(error).__name__}: {error}"}
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
