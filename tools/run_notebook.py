"""Executes one notebook and reports on standard output, one JSON object a line.

Usage: run_notebook.py NOTEBOOK EXECUTED TIMEOUT [PAGE]

The executed notebook, and the HTML page if one is named, are written even when a cell fails, with
what came out until then. Exit code: 0 when every cell ran, 1 when one failed, 130 when the user
interrupted.
"""

import asyncio
import json
import os
import signal
import sys
import time
from queue import Empty

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionComplete,
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)

# Seconds a cell may take to come to an end after the user's interrupt.
PATIENCE = 10
# Seconds after a cell's end in which its outputs may still arrive: the kernel reports a cell as
# done before it has sent the last of them.
LATE = 0.05
# Seconds for a kernel to start, and for the outputs of a cell that has ended.
SLOW = 60


def report(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


class Runner:
    def __init__(self, notebook, folder, timeout):
        self.notebook = notebook
        self.timeout = timeout
        self.folder = folder
        self.interrupted_at = None

    async def run(self):
        """Runs all cells and returns the exit code."""
        for attempt in (1, 2):
            # Older releases know fewer options.
            joined = {"coalesce_streams": True} if hasattr(NotebookClient, "coalesce_streams") else {}
            self.client = NotebookClient(
                self.notebook,
                kernel_name="deno",
                timeout=self.timeout,
                iopub_timeout=SLOW,
                startup_timeout=SLOW,
                record_timing=False,
                resources={"metadata": {"path": self.folder}},
                on_cell_executed=self.collect_late,
                **joined,
            )
            started = False
            try:
                async with self.client.async_setup_kernel():
                    started = True
                    self.listen()
                    return await self.run_cells()
            except RuntimeError as error:
                # Two kernels that start at one moment can pick the same port.
                if started or attempt == 2:
                    report("failed", number=0, cause=f"the kernel does not start: {error}")
                    return 1

    def listen(self):
        """Makes the first interrupt the cell's, and the second the kernel's end."""
        loop = asyncio.get_running_loop()

        def on_signal():
            now = time.monotonic()
            if self.interrupted_at is None:
                self.interrupted_at = now
                asyncio.ensure_future(self.client.km.interrupt_kernel())
                loop.call_later(PATIENCE, self.kill)
            elif now - self.interrupted_at > 0.5:
                self.kill()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, on_signal)

    def kill(self):
        if self.client.km is not None:
            asyncio.ensure_future(self.client.km.shutdown_kernel(now=True))

    async def run_cells(self):
        client = self.client
        info = await client.kc.kernel_info(reply=True, timeout=SLOW)
        self.notebook.metadata["language_info"] = info["content"]["language_info"]
        number = 0
        for index, cell in enumerate(self.notebook.cells):
            if cell.cell_type != "code" or not cell.source.strip():
                continue
            if self.interrupted_at is not None:
                return 130
            number += 1
            report("cell", number=number)
            start = time.monotonic()
            cause = None
            try:
                await client.async_execute_cell(cell, index)
            except CellTimeoutError:
                cause = f"runs longer than {self.timeout} s"
            except DeadKernelError:
                cause = "ends the kernel"
            except CellExecutionError:
                pass  # The error is among the cell's outputs.
            if self.interrupted_at is not None:
                report("interrupted", number=number)
                return 130
            report("done", number=number, seconds=time.monotonic() - start)
            if cause is not None:
                report("failed", number=number, cause=cause)
                return 1
            if any(output.output_type == "error" for output in cell.outputs):
                return 1
        return 0

    async def collect_late(self, cell, cell_index, execute_reply, **_):
        """Takes in the outputs of a cell that the kernel sends after reporting its end."""
        parent = execute_reply["parent_header"]["msg_id"]
        while True:
            try:
                message = await self.client.kc.iopub_channel.get_msg(timeout=LATE)
            except Empty:
                return
            if message["parent_header"].get("msg_id") == parent:
                try:
                    self.client.process_message(message, cell, cell_index)
                except CellExecutionComplete:
                    pass


def write_page(notebook, path):
    from nbconvert import HTMLExporter

    resources = {"metadata": {"name": os.path.splitext(os.path.basename(path))[0]}}
    page, _ = HTMLExporter().from_notebook_node(notebook, resources)
    with open(path, "w", encoding="utf-8") as file:
        file.write(page)


def main(source, executed, timeout, page=None):
    notebook = nbformat.read(source, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
    runner = Runner(notebook, os.path.dirname(os.path.abspath(source)), int(timeout))
    code = asyncio.run(runner.run())
    nbformat.write(notebook, executed)
    if page is not None:
        write_page(notebook, page)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
