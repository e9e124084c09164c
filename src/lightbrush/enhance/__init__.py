"""The faithful Enhancer: a network makes a picture larger, tile by tile, however high it is in the same memory."""
