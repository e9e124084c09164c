"""What `lightbrush enhance`, `premiere` and `jobs add` can be told alike: how large, by what, how much is made up."""

from __future__ import annotations

from typing import Annotated

import typer

To = Annotated[str, typer.Option("--to", help="4k, 8k, 16k: the longer side; x4: times as large; or 3840x2160.")]
Model = Annotated[
    str,
    typer.Option(
        help="light: quick; photo: for photographs, slow on a CPU; anime; or a file: .param, .safetensors, .pth."
    ),
]
Quality = Annotated[int, typer.Option(min=1, max=100, help="Of JPEG and WebP.")]
Creativity = Annotated[float, typer.Option(help="0: nothing is made up; to 1: an engine paints the picture anew.")]
Resemblance = Annotated[float, typer.Option(help="Tones and colours: 0: as the engine painted them; 1: as they were.")]
Clarity = Annotated[float, typer.Option(help="Detail: 0: none of what the engine painted; 0.5: as it did; 1: more.")]
Prompts = Annotated[
    list[str] | None,
    typer.Option(
        "--prompt", help="What the engine paints, with a weight after a colon if not 1: 'fog:0.4'. Repeatable."
    ),
]
Seed = Annotated[int, typer.Option(help="0 to 4294967295; the same seed gives the same picture.")]
