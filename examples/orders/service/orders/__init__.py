"""Takes orders and says what became of them, as events that other teams read."""
