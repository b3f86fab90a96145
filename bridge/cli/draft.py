"""x"""


def draft() -> None:
    """X"""
