"""The Enhancer: a network makes a picture larger, tile by tile, however high it is in the same memory; and, where
that is wished, an engine paints it anew."""
