"""The images that the fake serves, and how they are drawn."""
