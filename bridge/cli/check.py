"""x"""


def check() -> None:
    """X"""
