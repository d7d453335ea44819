"""Prebuilt picture derivatives; nothing here decodes an image."""

from typing import Any


class PrebuiltThumbnailer:
    """Oscar's thumbnailer port: returns what exists, never makes anything in a request."""

    def generate_thumbnail(self, source: Any, **options: Any) -> Any:
        """Return the source file itself; derivatives are made by the worker."""
        return source

    def delete_thumbnails(self, source: Any) -> None:
        """Do nothing: derivatives are removed with their ProductPicture."""
