"""Database and broker servers that belong to one test, so that they may be frozen, killed and emptied."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from kombu import Connection as BrokerConnection
from redis import Redis, RedisError

from bench.processes import free_port
from tests.processes import until


class OwnRedis:
    """Keeps nothing on the disk: killed, it has lost everything."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--save", "", "--bind", "127.0.0.1"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
        until(self.answers)

    def answers(self) -> bool:
        try:
            return bool(Redis(port=self.port, socket_timeout=1).ping())
        except RedisError:
            return False

    def wipe(self) -> None:
        self.stop()
        self.start()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        self.thaw()
        self.process.kill()
        self.process.wait()


class Rabbit:
    """A virtual host of its own on the RabbitMQ of this machine; ``url`` is what Celery takes."""

    ADDRESS = os.environ.get("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672")

    def __init__(self, name: str) -> None:
        self.name = name
        self.url = f"{self.ADDRESS}/{name}"
        self._control("add_vhost", name)
        self._control("set_permissions", "-p", name, urlsplit(self.ADDRESS).username or "", ".*", ".*", ".*")

    @classmethod
    def is_here(cls) -> bool:
        if shutil.which("rabbitmqctl") is None:
            return False
        with BrokerConnection(cls.ADDRESS, connect_timeout=2) as connection:
            try:
                connection.ensure_connection(max_retries=1)
            except connection.connection_errors:
                return False
        return True

    def wipe(self) -> None:
        self._control("purge_queue", "-p", self.name, "orchestrator")

    def stop(self) -> None:
        self._control("delete_vhost", self.name)

    def _control(self, *arguments: str) -> None:
        subprocess.run(["rabbitmqctl", "--quiet", *arguments], check=True, stdout=subprocess.DEVNULL)


class OwnPostgres:
    """A cluster in a folder of its own. PostgreSQL refuses to run as root, so root lends it a user."""

    USER = "postgres" if os.geteuid() == 0 else None

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self._folder = Path(tempfile.mkdtemp(prefix="orchestrator-postgres-"))
        self._log = self._folder.with_suffix(".log")  # beside it: the folder has to be empty at first
        if self.USER:
            shutil.chown(self._folder, self.USER)
        self._run("initdb", "--username=postgres", "--auth=trust", "--no-sync", "--no-locale", "-E", "UTF8")
        self.start()

    @classmethod
    def is_here(cls) -> bool:
        return cls._program("initdb") is not None

    def start(self) -> None:
        """A server that was killed leaves marks behind: it is asked again until it has cleaned up."""
        until(self._starts, 60)

    def restart(self, *, killed: bool) -> None:
        """By SIGKILL of every one of its processes, or by an immediate stop. Both end in a recovery."""
        if killed:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.send_signal(signal.SIGQUIT)
        self.process.wait()
        self.start()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._log.unlink(missing_ok=True)

    def _starts(self) -> bool:
        options = ["-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-k", str(self._folder)]
        self.process = self._spawn("postgres", *options)
        until(lambda: self._answers() or self.process.poll() is not None, 60)
        return self.process.poll() is None

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        assert self._spawn(program, *arguments).wait() == 0, f"{program} failed"

    def _spawn(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [str(self._program(program)), "-D", str(self._folder), *arguments],
                cwd="/",
                stdout=log,
                stderr=log,
                user=self.USER,
                group=self.USER,
                extra_groups=[] if self.USER else None,
                start_new_session=True,
            )

    @staticmethod
    def _program(name: str) -> Path | None:
        """On the path, or where Debian keeps it."""
        known = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        found = shutil.which(name)
        return Path(found) if found else next(reversed(known), None)
