"""Plain values: JSON, numbers and URLs that are checked as a whole; names that do not exist."""
