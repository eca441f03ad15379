"""What the soak scripts share."""
