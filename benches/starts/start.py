"""Starts a server with all of its processes in a cgroup of its own, waits until it answers over HTTP, and kills it.

usage: start.py PROCESSORS BEGUN COMMAND...

PROCESSORS is the quota of the cgroup, as 1 or 0.5, or 0 for none. The command writes the time of its beginning, in seconds since
the epoch, to the file BEGUN once what it needs is laid out, and then becomes what is measured.

On standard output: milliseconds from there to the execution of the server's JVM, and to the first answer; until that answer, the
milliseconds of processors of all processes; then, the memory of all processes in kB (proportional set size).
"""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

# In seconds.
PATIENCE = 300
BETWEEN_LOOKS = 0.001
PERIOD = 100_000
SERVERS = {
    b"org.elasticsearch.bootstrap.Elasticsearch",
    b"org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch",
    b"org.opensearch.bootstrap.OpenSearch",
}


def hierarchies():
    """Where the first version of cgroups has its controllers, and where the second version is."""
    found = {}
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup":
            found.update(dict.fromkeys(options.split(","), pathlib.Path(place)))
        elif kind == "cgroup2":
            found["unified"] = pathlib.Path(place)
    return found


class Group:
    """A cgroup that limits and counts the time of processors."""

    def __init__(self, processors):
        name = f"es-entrypoint-start-{os.getpid()}"
        found = hierarchies()
        quota = int(processors * PERIOD)
        self.first = "cpu" in found and "cpuacct" in found
        if self.first:
            self.folders = sorted({found["cpu"] / name, found["cpuacct"] / name})
        else:
            (found["unified"] / "cgroup.subtree_control").write_text("+cpu")
            self.folders = [found["unified"] / name]
        for folder in self.folders:
            folder.mkdir()
        if quota and self.first:
            (found["cpu"] / name / "cpu.cfs_period_us").write_text(str(PERIOD))
            (found["cpu"] / name / "cpu.cfs_quota_us").write_text(str(quota))
        elif quota:
            (self.folders[0] / "cpu.max").write_text(f"{quota} {PERIOD}")
        self.usage = found["cpuacct"] / name / "cpuacct.usage" if self.first else self.folders[0] / "cpu.stat"

    def enter(self):
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    def processes(self):
        return (self.folders[0] / "cgroup.procs").read_text().split()

    def used(self):
        """Milliseconds of processors so far."""
        text = self.usage.read_text()
        return int(text) / 1e6 if self.first else int(text.split()[1]) / 1e3

    def memory(self):
        total = 0
        for process in self.processes():
            for line in pathlib.Path("/proc", process, "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total

    def end(self):
        while left := self.processes():
            for process in left:
                try:
                    os.kill(int(process), signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(BETWEEN_LOOKS)
        for folder in self.folders:
            folder.rmdir()


def executes_a_server(process):
    try:
        return not SERVERS.isdisjoint(pathlib.Path("/proc", process, "cmdline").read_bytes().split(b"\0"))
    except (FileNotFoundError, ProcessLookupError):
        return False


def answers():
    try:
        with socket.create_connection(("127.0.0.1", 9200), timeout=5) as server:
            server.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return server.recv(16).startswith(b"HTTP/1.1 ")
    except OSError:
        return False


def until(what, found, child):
    deadline = time.monotonic() + PATIENCE
    while not (value := found()):
        if child.poll() is not None:
            sys.exit(f"ended with {child.returncode} before {what}")
        if time.monotonic() > deadline:
            sys.exit(f"no {what} within {PATIENCE} s")
        time.sleep(BETWEEN_LOOKS)
    return value, time.time()


def main():
    processors, begun, command = float(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    group = Group(processors)
    child = None
    try:
        child = subprocess.Popen(command, preexec_fn=group.enter, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        until("beginning", lambda: begun.exists() and begun.read_text(), child)
        before = group.used()
        beginning = float(begun.read_text())
        _, executed = until("server", lambda: any(map(executes_a_server, group.processes())), child)
        _, answered = until("answer over HTTP", answers, child)
        used, memory = group.used() - before, group.memory()
    finally:
        group.end()
        if child:
            child.wait()
    print(round((executed - beginning) * 1e3), round((answered - beginning) * 1e3), round(used), memory)


main()
