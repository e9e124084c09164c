"""Where diffusers' layers of a FLUX.2 transformer lie in ours, whose names are the original files'."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lightbrush.nn.flux.layout import Place
from lightbrush.nn.flux2.config import Flux2Config

_DOUBLE: Final = {
    "attn.to_out.0": "img_attn.proj",
    "attn.to_add_out": "txt_attn.proj",
    "ff.linear_in": "img_mlp.0",
    "ff.linear_out": "img_mlp.2",
    "ff_context.linear_in": "txt_mlp.0",
    "ff_context.linear_out": "txt_mlp.2",
}
#: With how many widths of rows.
_OUTER: Final = {
    "x_embedder": ("img_in", 1),
    "context_embedder": ("txt_in", 1),
    "time_guidance_embed.timestep_embedder.linear_1": ("time_in.in_layer", 1),
    "time_guidance_embed.timestep_embedder.linear_2": ("time_in.out_layer", 1),
    "double_stream_modulation_img.linear": ("double_stream_modulation_img.lin", 6),
    "double_stream_modulation_txt.linear": ("double_stream_modulation_txt.lin", 6),
    "single_stream_modulation.linear": ("single_stream_modulation.lin", 3),
}


def places(config: Flux2Config) -> dict[str, Place]:
    """diffusers' linear layers by name -> where they lie; those of one layer of ours in the order of their rows."""
    return dict(_places(config))


def _places(config: Flux2Config) -> Iterator[tuple[str, Place]]:
    d, m = config.width, config.mlp * config.width
    for theirs, (ours, times) in _OUTER.items():
        yield theirs, Place(ours, 0, times * d)
    for i in range(config.doubles):
        for theirs, ours in _DOUBLE.items():
            rows = 2 * m if theirs.endswith("linear_in") else d
            yield f"transformer_blocks.{i}.{theirs}", Place(f"double_blocks.{i}.{ours}", 0, rows)
        for stream, names in (("img", ("to_q", "to_k", "to_v")), ("txt", ("add_q_proj", "add_k_proj", "add_v_proj"))):
            for j, name in enumerate(names):
                place = Place(f"double_blocks.{i}.{stream}_attn.qkv", j * d, d)
                yield f"transformer_blocks.{i}.attn.{name}", place
    for i in range(config.singles):
        theirs, ours = f"single_transformer_blocks.{i}.attn", f"single_blocks.{i}"
        yield f"{theirs}.to_qkv_mlp_proj", Place(f"{ours}.linear1", 0, 3 * d + 2 * m)
        yield f"{theirs}.to_out", Place(f"{ours}.linear2", 0, d)
    yield "norm_out.linear", Place("final_layer.adaLN_modulation.1", 0, 2 * d, swapped=True)
    yield "proj_out", Place("final_layer.linear", 0, config.token)
