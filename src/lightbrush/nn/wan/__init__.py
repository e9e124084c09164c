"""Wan 2.1 text to video (Wan Team, "Wan: Open and Advanced Large-Scale Video Generative Models", 2025), made causal."""
