"""What any Rails-like server needs: HTTP as values, multipart, parameters, ASGI. Nothing of Astria is in it."""
