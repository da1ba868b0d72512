"""Looking for a create whose response was lost: which object of a list it made, if it made one."""
