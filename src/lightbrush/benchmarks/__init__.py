"""What `lightbrush bench` measures."""
