"""What the fake assumes and refuses: the service's rules, each with its grade."""
