"""x"""


def samples() -> None:
    """X"""
