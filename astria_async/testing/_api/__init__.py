"""The endpoints of the service: one module of handlers per resource, as in `astria_async.resources`."""
