"""A source that is no file: bytes in memory under a name."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass
class Held:
    """Bytes in memory under a name."""

    name: str
    data: bytes

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    @property
    def suffix(self) -> str:
        return Path(self.name).suffix

    def size(self) -> int:
        return len(self.data)

    def open(self) -> BinaryIO:
        return io.BytesIO(self.data)
