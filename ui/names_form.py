"""What names say, and what the user says of them."""


def panel() -> None:
    """The form."""
