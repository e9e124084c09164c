"""What an entry of the catalogue is: files on the hub, and a licence."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from lightbrush.nn.latent.config import FamilyId
from lightbrush.nn.wan.config import WanConfig

HUB: Final = "https://huggingface.co"


class File(Struct, frozen=True):
    """path: in its repository. size_bytes: exact, or 0. sha256: 64 hex digits, or "" ."""

    path: str
    size_bytes: int = 0
    sha256: str = ""

    @property
    def pickle(self) -> bool:
        """A file of torch.save: read with weights_only alone, so that it cannot run code."""
        return self.path.endswith((".pt", ".pth", ".bin"))


class Source(Struct, frozen=True):
    """Files of one repository at one revision that together are the weights. about_bytes: where sizes are not known."""

    repository: str
    revision: str
    files: tuple[File, ...]
    about_bytes: int = 0

    @property
    def size_bytes(self) -> int:
        """Of all files; an estimate where about_bytes is given."""
        return self.about_bytes or sum(file.size_bytes for file in self.files)

    @property
    def page(self) -> str:
        return f"{HUB}/{self.repository}/tree/{self.revision}"


class Licence(Struct, frozen=True):
    """name: SPDX where there is one. source: where it is stated. sure: stated by the model's own page, undisputed.
    accept: whoever fetches the files has to accept it first, since it restricts what may be done with them."""

    name: str
    source: str
    sure: bool = True
    accept: bool = False


class Entry(Struct, frozen=True, kw_only=True):
    """A model or a part of one. sources: the best first, safetensors before pickles; any one is enough.

    needs: ids of the parts that it cannot render without. extras: of those that it can use besides. network: of a model
    of videos. streams: a model that was distilled to render block after block in a few steps: a video engine. images:
    the family of a model of pictures.
    """

    id: str
    name: str
    summary: str
    licence: Licence
    sources: tuple[Source, ...]
    needs: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    network: WanConfig | None = None
    streams: bool = False
    images: FamilyId | None = None
