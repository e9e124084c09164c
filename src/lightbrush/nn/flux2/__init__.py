"""FLUX.2 klein: FLUX's transformer with modulation that all its blocks share, which sees reference pictures as tokens
of their own, hears a language model, and has a VAE of 32 channels.

`config` needs no PyTorch.
"""
