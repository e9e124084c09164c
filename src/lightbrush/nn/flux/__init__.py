"""FLUX.1: a transformer over patches and words together, taught to follow straight ways from noise ("flow matching").

`config`, `schedule` and `layout` need no PyTorch.
"""
