"""What the fleet's policies make of loads that no machine at hand could bring: `lightbrush simulate`, docs/scale.md."""
