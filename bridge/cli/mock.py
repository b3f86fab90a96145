"""x"""


def mock() -> None:
    """X"""
