"""Where diffusers' layers of a FLUX transformer lie in ours, whose names and fused matrices are the original files'.

diffusers has three matrices where the original has one, and the two halves of the last modulation the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lightbrush.nn.flux.config import FluxConfig


@dataclass(frozen=True)
class Place:
    """Rows `first` to `first + rows` of a layer of ours. swapped: its two halves the other way round."""

    layer: str
    first: int
    rows: int
    swapped: bool = False


_DOUBLE: Final = {
    "norm1.linear": "img_mod.lin",
    "norm1_context.linear": "txt_mod.lin",
    "attn.to_out.0": "img_attn.proj",
    "attn.to_add_out": "txt_attn.proj",
    "ff.net.0.proj": "img_mlp.0",
    "ff.net.2": "img_mlp.2",
    "ff_context.net.0.proj": "txt_mlp.0",
    "ff_context.net.2": "txt_mlp.2",
}
_DOUBLE_NORMS: Final = {
    "attn.norm_q": "img_attn.norm.query_norm",
    "attn.norm_k": "img_attn.norm.key_norm",
    "attn.norm_added_q": "txt_attn.norm.query_norm",
    "attn.norm_added_k": "txt_attn.norm.key_norm",
}
_SINGLE_NORMS: Final = {"attn.norm_q": "norm.query_norm", "attn.norm_k": "norm.key_norm"}
_OUTER: Final = {
    "x_embedder": "img_in",
    "context_embedder": "txt_in",
    "time_text_embed.timestep_embedder.linear_1": "time_in.in_layer",
    "time_text_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "time_text_embed.text_embedder.linear_1": "vector_in.in_layer",
    "time_text_embed.text_embedder.linear_2": "vector_in.out_layer",
}
_GUIDED: Final = {
    "time_text_embed.guidance_embedder.linear_1": "guidance_in.in_layer",
    "time_text_embed.guidance_embedder.linear_2": "guidance_in.out_layer",
}


def places(config: FluxConfig) -> dict[str, Place]:
    """diffusers' linear layers by name -> where they lie; those of one layer of ours in the order of their rows."""
    return dict(_places(config))


def _places(config: FluxConfig) -> Iterator[tuple[str, Place]]:
    d, m = config.width, config.mlp * config.width
    for theirs, ours in {**_OUTER, **(_GUIDED if config.guided else {})}.items():
        yield theirs, Place(ours, 0, d)
    for i in range(config.doubles):
        rows = {"norm1.linear": 6 * d, "norm1_context.linear": 6 * d, "ff.net.0.proj": m, "ff_context.net.0.proj": m}
        for theirs, ours in _DOUBLE.items():
            yield f"transformer_blocks.{i}.{theirs}", Place(f"double_blocks.{i}.{ours}", 0, rows.get(theirs, d))
        for stream, names in (("img", ("to_q", "to_k", "to_v")), ("txt", ("add_q_proj", "add_k_proj", "add_v_proj"))):
            for j, name in enumerate(names):
                place = Place(f"double_blocks.{i}.{stream}_attn.qkv", j * d, d)
                yield f"transformer_blocks.{i}.attn.{name}", place
    for i in range(config.singles):
        theirs, ours = f"single_transformer_blocks.{i}", f"single_blocks.{i}"
        yield f"{theirs}.norm.linear", Place(f"{ours}.modulation.lin", 0, 3 * d)
        for j, name in enumerate(("to_q", "to_k", "to_v")):
            yield f"{theirs}.attn.{name}", Place(f"{ours}.linear1", j * d, d)
        yield f"{theirs}.proj_mlp", Place(f"{ours}.linear1", 3 * d, m)
        yield f"{theirs}.proj_out", Place(f"{ours}.linear2", 0, d)
    yield "norm_out.linear", Place("final_layer.adaLN_modulation.1", 0, 2 * d, swapped=True)
    yield "proj_out", Place("final_layer.linear", 0, config.token)


def norms(doubles: int, singles: int) -> dict[str, str]:
    """diffusers' names of the norms of queries and keys in so many blocks, without `.weight` -> ours, without
    `.scale`."""
    in_doubles = {
        f"transformer_blocks.{i}.{theirs}": f"double_blocks.{i}.{ours}"
        for i in range(doubles)
        for theirs, ours in _DOUBLE_NORMS.items()
    }
    in_singles = {
        f"single_transformer_blocks.{i}.{theirs}": f"single_blocks.{i}.{ours}"
        for i in range(singles)
        for theirs, ours in _SINGLE_NORMS.items()
    }
    return in_doubles | in_singles
