"""The streams of the outbox in which messages about suppliers and applications are counted."""


def supplier_stream(code: str) -> str:
    """Return the stream of a supplier."""
    return f"supplier:{code}"


def application_stream(number: str) -> str:
    """Return the stream of an application."""
    return f"application:{number}"
