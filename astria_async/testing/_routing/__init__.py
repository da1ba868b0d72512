"""From a method and a path to a handler: the router, what a handler is given, pages of lists."""
