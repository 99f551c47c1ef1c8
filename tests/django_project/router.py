from typing import Any


class Router:
    """Everything goes to one database, which tests choose."""

    alias = "default"

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return self.alias

    db_for_write = db_for_read
