"""Parse an LFBFF file by its layout, once, for verifying and for showing alike.

The one rule: every length is checked against what is really there before it is used, and whatever the layout does not
say is refused with its offset. Nothing is skipped, nothing is guessed.
"""

from dataclasses import dataclass
from uuid import UUID

from rommon_tool.firmware.layout import HashedRange, Layout, Mark, Tag, lfbff
from rommon_tool.firmware.source import Source

_UNIT_BYTES = 16
_TAG_BYTES = 3


class NotThisLayout(Exception):
    """The file is not what the layout says. `offset` is where that shows, in bytes."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of the envelope and where it stands in the file."""

    name: str
    value: bytes
    start: int
    mark: Mark

    @property
    def end(self) -> int:
        return self.start + len(self.value)


@dataclass(frozen=True, slots=True)
class Object:
    """One object of the file. `role` is empty for one whose GUID is not known."""

    guid: UUID
    role: str
    title: str
    offset: int
    metadata_length: int
    data_length: int
    has_children: bool
    depth: int
    is_operating_system: bool = False


@dataclass(frozen=True, slots=True)
class Container:
    """A file that satisfies the layout. `head` is everything before the payload; `places` are offsets in the file."""

    head: bytes
    places: dict[str, int]
    entries: dict[str, Entry]
    objects: tuple[Object, ...]
    controllers: tuple[int, ...]

    def value(self, name: str) -> bytes:
        return self.entries[name].value

    def text(self, name: str) -> str:
        return self.value(name).decode("ascii")

    @property
    def has_operating_system(self) -> bool:
        return any(found.is_operating_system for found in self.objects)

    def prefix(self, wanted: HashedRange) -> bytes:
        """What is hashed of a range before the payload."""
        pieces = []
        for piece in wanted.pieces[:-1]:
            data = self.head[self.places[piece.start] : self.places[piece.end]]
            pieces.append(bytes(len(data)) if piece.zeroed else data)
        return b"".join(pieces)

    def is_covered(self, wanted: HashedRange, start: int, end: int) -> bool:
        """Whether a range holds these bytes of the file as they stand."""
        return any(
            self.places[piece.start] <= start and end <= self.places[piece.end] and not piece.zeroed
            for piece in wanted.pieces
        )


def begins_like_one(head: bytes, layout: Layout | None = None) -> bool:
    """Whether the first 32 bytes of a file are those of an LFBFF file."""
    layout = layout or lfbff()
    return head.removeprefix(layout.magic.value)[:16] == _root(layout).bytes_le


def parse(source: Source, layout: Layout | None = None) -> Container:
    """Read the structure of a file. Raises NotThisLayout."""
    layout = layout or lfbff()
    if source.size > layout.limits.file_bytes:
        raise NotThisLayout(f"{source.size} bytes are more than any image has", layout.limits.file_bytes)
    beginning = source.read(0, len(layout.magic.value) + layout.header_bytes)
    if not begins_like_one(beginning, layout):
        raise NotThisLayout("the first bytes are not those of an LFBFF container", 0)
    at = len(layout.magic.value) if beginning.startswith(layout.magic.value) else 0
    objects = _Objects(source, layout)
    root = objects.read(at, depth=0)
    _check_root(root, source, layout)
    metadata = at + layout.header_bytes
    payload = metadata + root.metadata_length
    head = source.read(0, payload)
    entries, places = _Envelope(head, metadata, layout).parsed()
    found = objects.all_of(root)
    if found[1].role != "container":
        raise NotThisLayout("the image's first child is not a firmware container", payload)
    places |= {"start": 0, "root": at, "metadata": metadata, "payload": payload, "end": source.size}
    return Container(head, places, entries, found, _controllers(source, found[1], layout))


def _root(layout: Layout) -> UUID:
    return next(known.guid for known in layout.object if known.role == "root")


def _check_root(root: Object, source: Source, layout: Layout) -> None:
    end = root.offset + layout.header_bytes + root.metadata_length + root.data_length
    if end != source.size:
        more = "are missing" if end > source.size else "follow"
        raise NotThisLayout(f"the header describes {end} bytes, and {abs(end - source.size)} {more}", root.offset)
    if root.metadata_length > layout.limits.metadata_bytes:
        raise NotThisLayout(f"{root.metadata_length} bytes of metadata are more than any image has", root.offset)
    if not root.has_children or not root.data_length:
        raise NotThisLayout("the image holds nothing", root.offset)


def _controllers(source: Source, container: Object, layout: Layout) -> tuple[int, ...]:
    """The container's metadata read as numbers of 16 bits, filled up with zeros."""
    length = min(container.metadata_length, layout.limits.metadata_bytes)
    data = source.read(container.offset + layout.header_bytes, length)
    numbers = [int.from_bytes(data[place : place + 2], "little") for place in range(0, len(data), 2)]
    return tuple(number for number in numbers if number)


class _Objects:
    """Reads object headers; how deep and how many is bounded."""

    def __init__(self, source: Source, layout: Layout) -> None:
        self._source = source
        self._layout = layout

    def read(self, offset: int, depth: int) -> Object:
        """The header at an offset. Raises NotThisLayout."""
        data = self._source.read(offset, self._layout.header_bytes)
        if len(data) < self._layout.header_bytes:
            raise NotThisLayout("the file ends within an object's header", offset + len(data))
        values: dict[str, int] = {}
        place = 0
        for field in self._layout.header:
            number = int.from_bytes(data[place : place + field.length], "little")
            self._check_field(field.kind, number, offset + place)
            values[field.name] = number * _UNIT_BYTES if field.kind == "length" else number
            place += field.length
        guid = UUID(bytes_le=data[:16])
        known = self._layout.known(guid)
        return Object(
            guid,
            known.role if known else "",
            known.title if known else "unknown object",
            offset,
            values["metadata_length"],
            values["data_length"],
            bool(values["has_children"]),
            depth,
            known.is_operating_system if known else False,
        )

    def _check_field(self, kind: str, number: int, offset: int) -> None:
        if kind == "flag" and number > 1:
            raise NotThisLayout(f"a flag is {number}, neither 0 nor 1", offset)
        if kind == "zero" and number:
            raise NotThisLayout("reserved bytes are set", offset)

    def all_of(self, root: Object) -> tuple[Object, ...]:
        """The root and everything below it, in the order of the file; children must fill their parent exactly."""
        found = [root]
        position, end = self._inside(root)
        ends = [end]
        while ends:
            if position == ends[-1]:
                ends.pop()
                continue
            child = self._child(position, ends[-1], depth=len(ends))
            found.append(child)
            if len(found) > self._layout.limits.objects:
                raise NotThisLayout(f"more than {self._layout.limits.objects} objects", position)
            position, end = self._inside(child)
            if child.has_children:
                ends.append(end)
            else:
                position = end
        return tuple(found)

    def _child(self, position: int, end: int, depth: int) -> Object:
        if depth > self._layout.limits.depth:
            raise NotThisLayout(f"objects lie deeper than {self._layout.limits.depth}", position)
        if position + self._layout.header_bytes > end:
            raise NotThisLayout("the children do not fill their parent", position)
        child = self.read(position, depth)
        if self._inside(child)[1] > end:
            raise NotThisLayout("an object is longer than its parent", position)
        if child.has_children and not child.data_length:
            raise NotThisLayout("an object with children holds none", position)
        if child.role == "root":
            raise NotThisLayout("an image lies within the image", position)
        return child

    def _inside(self, it: Object) -> tuple[int, int]:
        """Where its data begins and ends."""
        start = it.offset + self._layout.header_bytes + it.metadata_length
        return start, start + it.data_length


class _Envelope:
    """Reads the tags of the signature envelope from the bytes before the payload."""

    def __init__(self, head: bytes, start: int, layout: Layout) -> None:
        self._head = head
        self._layout = layout
        self._start = start
        self._entries: dict[str, Entry] = {}

    def parsed(self) -> tuple[dict[str, Entry], dict[str, int]]:
        """The entries by name, and the places that ranges begin and end at."""
        position = self._tags(None, self._start, len(self._head))
        end = self._layout.envelope_end
        if self._head[position : position + len(end.pad)] != end.pad:
            raise NotThisLayout("the envelope does not end with its pad byte", position)
        position += len(end.pad)
        fill = self._head[position:]
        if len(fill) >= _UNIT_BYTES or fill.strip(end.fill):
            raise NotThisLayout("something else than fill bytes follows the envelope", position)
        self._check_rest(position)
        signature = self._entries["signature"]
        places = {
            "attributes": self._entries["signer"].start - _TAG_BYTES,
            "signature_tlv": signature.start - _TAG_BYTES,
            "signature": signature.start,
            "signature_end": signature.end,
            "envelope_end": position,
        }
        return self._entries, places

    def _tags(self, inside: int | None, position: int, end: int) -> int:
        """Read the entries that belong here, each once and in order; return where they end."""
        for tag in self._layout.tags(inside):
            entry = self._entry(tag, position, end)
            self._entries[tag.name] = entry
            self._check_value(tag, entry)
            if tag.kind == "container" and self._tags(tag.tag, entry.start, entry.end) != entry.end:
                raise NotThisLayout(f"tag {tag.tag:02X} holds more than it should", entry.start)
            position = entry.end
        return position

    def _entry(self, tag: Tag, position: int, end: int) -> Entry:
        if position + _TAG_BYTES > end:
            raise NotThisLayout(f"there is no room for tag {tag.tag:02X}", position)
        if self._head[position] != tag.tag:
            raise NotThisLayout(f"tag {self._head[position]:02X} stands where {tag.tag:02X} belongs", position)
        length = int.from_bytes(self._head[position + 1 : position + _TAG_BYTES], "big")
        start = position + _TAG_BYTES
        if start + length > end:
            raise NotThisLayout(f"tag {tag.tag:02X} is {length} bytes long, past its end", position)
        if not tag.shortest <= length <= tag.longest:
            raise NotThisLayout(f"tag {tag.tag:02X} is {length} bytes long", position)
        return Entry(tag.name, self._head[start : start + length], start, tag.mark)

    def _check_value(self, tag: Tag, entry: Entry) -> None:
        if tag.kind == "fixed" and entry.value != tag.value:
            raise NotThisLayout(f"tag {tag.tag:02X} is {entry.value[:8].hex()}, not {tag.value.hex()}", entry.start)
        if tag.kind in ("text", "hex-text") and not all(0x20 <= byte < 0x7F for byte in entry.value):
            raise NotThisLayout(f"tag {tag.tag:02X} holds no printable text", entry.start)
        if tag.kind == "hex-text" and entry.value.strip(b"0123456789ABCDEFabcdef"):
            raise NotThisLayout(f"tag {tag.tag:02X} holds no hexadecimal number", entry.start)
        if tag.same_as and entry.value != self._entries[tag.same_as].value:
            raise NotThisLayout(f"tag {tag.tag:02X} does not repeat {tag.same_as}", entry.start)

    def _check_rest(self, end: int) -> None:
        rest = self._entries["rest_length"]
        if int.from_bytes(rest.value, "big") != end - rest.end:
            raise NotThisLayout(f"tag 02 does not say {end - rest.end}, the bytes that follow it", rest.start)
