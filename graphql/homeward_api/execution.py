"""Running a document: the caller, the day, the time left, and a short way through plain rows."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from time import monotonic
from typing import Any

from graphql import (
    ExecutionContext,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    Undefined,
)
from graphql.pyutils import Path

from cms_models.accounts.models import ApiKey, User
from homeward_api.errors import DeadlinePassed
from homeward_api.rows import Convert, converter, reader_of

SECONDS_MOST = 2.0


@dataclass(frozen=True)
class Ask:
    """What every resolver knows of a request: who asks, the moment, and when time is up.

    `shown` gathers the people whose personal data the answer holds: logged once a request.
    `prepare` reads and validates a document as the door itself does.
    """

    user: User
    on: date
    now: datetime
    ends_at: float
    key: ApiKey | None = None
    prepare: Callable[..., Any] | None = None
    shown: set[int] = field(default_factory=set)

    def refuse_when_late(self) -> None:
        """Raise DeadlinePassed once the request's time is up."""
        if monotonic() > self.ends_at:
            raise DeadlinePassed(SECONDS_MOST)


class BoundedExecution(ExecutionContext):
    """Execution that looks at the clock at every object and gives up for good when time is up.

    GraphQL turns an error into a null of its field and goes on; a passed deadline must not be.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known_readers: dict[Any, Any] = {}
        self._known_lists: dict[Any, Convert | None] = {}

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        fields: dict[str, list[FieldNode]],
    ) -> Any:
        """Run the fields of one object, if there is time left; a plain row's the short way."""
        self.context_value.refuse_when_late()
        if not isinstance(source_value, dict):
            return super().execute_fields(parent_type, source_value, path, fields)
        result: dict[str, Any] = {}
        for name, nodes, read in self._readers(parent_type, fields):
            if read is not None:
                try:
                    result[name] = read(source_value)
                    continue
                except Exception:
                    pass
            done = self.execute_field(
                parent_type, source_value, nodes, Path(path, name, parent_type.name)
            )
            if done is not Undefined:
                result[name] = done
        return result

    def complete_list_value(
        self, return_type: Any, field_nodes: Any, info: Any, path: Path, result: Any
    ) -> Any:
        """Complete a list, rows that are wholly plain the short way."""
        convert = self._list_converter(return_type, field_nodes)
        if convert is not None:
            try:
                return convert(result)
            except Exception:
                pass
        return super().complete_list_value(return_type, field_nodes, info, path, result)

    def _readers(
        self, parent_type: GraphQLObjectType, fields: dict[str, list[FieldNode]]
    ) -> list[tuple[str, list[FieldNode], Convert | None]]:
        key = (parent_type.name, id(fields))
        if key not in self._known_readers:
            readers = [
                (name, nodes, reader_of(self, parent_type, nodes)) for name, nodes in fields.items()
            ]
            # The fields are kept with their readers, so that no other dict takes their id.
            self._known_readers[key] = (fields, readers)
        return self._known_readers[key][1]

    def _list_converter(self, kind: Any, nodes: list[FieldNode]) -> Convert | None:
        key = (kind, *map(id, nodes))
        if key not in self._known_lists:
            self._known_lists[key] = converter(self, kind, nodes)
        return self._known_lists[key]

    def handle_field_error(
        self, error: GraphQLError, return_type: GraphQLOutputType, path: Path
    ) -> None:
        """Let a passed deadline through to the top; treat other errors as GraphQL does."""
        cause: Any = error
        while isinstance(cause, GraphQLError) and cause.original_error is not None:
            cause = cause.original_error
        if isinstance(cause, DeadlinePassed):
            raise error
        super().handle_field_error(error, return_type, path)
