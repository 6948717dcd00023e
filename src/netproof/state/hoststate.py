"""`HostState`, the waist: a frozen map from key to kernel object, one type for desired and actual."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from types import MappingProxyType
from typing import Any, TypeVar, overload

from netproof.state.object import KernelObject, Key

K = TypeVar("K", bound=KernelObject)
T = TypeVar("T")


class HostState(Mapping[Key, KernelObject]):
    """A frozen map from key to object. Equality is that of the maps: order does not matter."""

    __slots__ = ("_by_type", "_objects")

    def __init__(self, objects: Iterable[KernelObject] = ()) -> None:
        """Raise ValueError where two different objects have one key."""
        found: dict[Key, KernelObject] = {}
        for thing in objects:
            if found.setdefault(thing.key, thing) != thing:
                raise ValueError(f"two objects have the key {thing.key}: {found[thing.key]} and {thing}")
        self._objects = MappingProxyType(found)
        self._by_type: dict[type, list[Any]] | None = None

    @classmethod
    def keyed(cls, objects: dict[Key, KernelObject]) -> HostState:
        """Return the state of `objects`, each under its own key: of very many, keys are not worked out twice."""
        return _of(objects)

    def __getitem__(self, key: Key) -> KernelObject:
        return self._objects[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._objects)

    def __len__(self) -> int:
        return len(self._objects)

    # Mapping's own of these go through __getitem__, which costs more than all that is done with what they give.
    def __contains__(self, key: object) -> bool:
        return key in self._objects

    @overload
    def get(self, key: Key, /) -> KernelObject | None: ...
    @overload
    def get(self, key: Key, default: KernelObject, /) -> KernelObject: ...
    @overload
    def get(self, key: Key, default: T, /) -> KernelObject | T: ...
    def get(self, key: Key, default: object = None, /) -> object:
        """Return what has the key, else `default`."""
        return self._objects.get(key, default)

    def keys(self) -> KeysView[Key]:
        """Return the keys."""
        return self._objects.keys()

    def values(self) -> ValuesView[KernelObject]:
        """Return the objects."""
        return self._objects.values()

    def items(self) -> ItemsView[Key, KernelObject]:
        """Return the pairs of key and object."""
        return self._objects.items()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HostState) and self._objects == other._objects

    def __hash__(self) -> int:
        return hash(frozenset(self._objects.values()))

    def __repr__(self) -> str:
        return f"HostState({list(self._objects.values())})"

    def of(self, kind: type[K]) -> Iterator[K]:
        """Yield the objects of one type. They are sorted out once: whoever asks of a state asks of several types."""
        if self._by_type is None:
            self._by_type = {}
            for thing in self._objects.values():
                self._by_type.setdefault(type(thing), []).append(thing)
        return (thing for one, things in self._by_type.items() if issubclass(one, kind) for thing in things)

    def with_(self, *objects: KernelObject) -> HostState:
        """Return a state in which `objects` stand, each in place of what had its key."""
        if not objects:
            return self
        return _of({**self._objects, **{o.key: o for o in objects}})

    def without(self, *keys: Key) -> HostState:
        """Return a state that lacks `keys`."""
        gone = set(keys)
        return self.only(lambda key: key not in gone)

    def only(self, wanted: Callable[[Key], bool]) -> HostState:
        """Return the part of the state whose keys satisfy `wanted`."""
        return _of({k: o for k, o in self._objects.items() if wanted(k)})


def _of(objects: dict[Key, KernelObject]) -> HostState:
    state = HostState()
    state._objects = MappingProxyType(objects)
    return state
