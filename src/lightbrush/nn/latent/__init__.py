"""Latent diffusion, Stable Diffusion 1.5 to XL, in few steps: diffusers' networks, run our way.

`schedule` and `memory` need no PyTorch.
"""
