"""Creates: as requests that can be found again, and prepared before their first byte is sent."""
