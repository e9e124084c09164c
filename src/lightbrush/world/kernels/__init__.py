"""The shader's source: plain typed Python over scalars, compiled for CPU and CUDA by
`lightbrush.world.shader`.

Rules that keep one source good for both: scalars only; every function is pure; `f32`, `i32`, `u32` mark the
conversions; float literals become float32 when compiled; a parameter is `p[P.NAME]`; no two functions share
a name across files.
"""
