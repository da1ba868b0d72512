"""What the fake knows: its records, their times, and what is still to happen."""
