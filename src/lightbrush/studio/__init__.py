"""Documents that people edit together: rooms, who may do what in them, and what is kept of them."""
