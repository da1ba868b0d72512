"""What a call stands on while it runs: real time, event loops, threads, and warnings at the user's line."""
