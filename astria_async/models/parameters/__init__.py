"""What goes out: the parameter classes, how each of their fields is checked, and the keywords generated from them."""
