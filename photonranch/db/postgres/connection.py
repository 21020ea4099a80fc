"""A connection whose statements have a limit, and which knows whether it is still one. No Django here."""

import select
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

# How long a server waits for one statement; None, for migrations and tasks, is as long as it takes.
_statement_limit_s: float | None = None
SERVER_STATEMENT_S = 20.0


def limit_statements() -> None:
    """From now on this process, which serves, waits no longer than SERVER_STATEMENT_S for a statement."""
    global _statement_limit_s
    _statement_limit_s = SERVER_STATEMENT_S


class TimedConnection(psycopg.Connection[Any]):
    """A connection that is closed when a statement's time is up: its answer could still come, to another."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        limit = _statement_limit_s if timeout is None else timeout
        try:
            return super().wait(gen, interval=interval, timeout=limit)
        except psycopg.OperationalError:
            if timeout is None and self.info.transaction_status == TransactionStatus.ACTIVE:
                self.close()
            raise

    def has_news(self) -> bool:
        """Whether something came that nobody asked for: the server's farewell, or the end of the line.

        Costs a system call of a microsecond; asking the server costs a round trip.
        """
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN | select.POLLHUP)
        return bool(poll.poll(0))

    def is_dead(self) -> bool:
        """Looks only; asks the server when there is news, which may be harmless: a notice, say."""
        if not self.has_news():
            return False
        try:
            self.execute("")
        except psycopg.Error:
            return True
        return False
