"""Fault texts as legacy servers write them, and what of them an end user may read."""

from __future__ import annotations

import pytest

from bridge.transport.wording import TEXT_MAX, public_text
from tests.cpu import costs_at_most

JAVA = """com.example.orders.OrderException: Order 1001 is locked
\tat com.example.orders.Store.lock(Store.java:42)
\tat sun.reflect.NativeMethodAccessorImpl.invoke0(Native Method)
Caused by: java.sql.SQLException: ORA-00054
\t... 12 more"""
DOTNET = (
    "System.Web.Services.Protocols.SoapException: Server was unable to process request. ---> "
    "System.Data.SqlClient.SqlException: Login failed for user 'sa'.\r\n"
    "   at System.Data.SqlClient.SqlConnection.Open() in C:\\build\\Orders.cs:line 12\r\n"
    "   --- End of inner exception stack trace ---"
)
PYTHON = 'Internal error\nTraceback (most recent call last):\n  File "/srv/app/orders.py", line 3, in get\nKeyError: 1'
PHP = "Order is gone\n#0 /var/www/html/server.php(12): Orders->get(1)\n#1 {main}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("  \n ", ""),
        ("Order 1001 was not found.", "Order 1001 was not found."),
        ("Artikel ‘Müller & Söhne’ fehlt", "Artikel ‘Müller & Söhne’ fehlt"),
        ("Two lines\nof plain text", "Two lines of plain text"),
        ("Order:1001 locked since 10:30:15 (price 12.50, 1/2 left, and/or more)",
         "Order:1001 locked since 10:30:15 (price 12.50, 1/2 left, and/or more)"),
        ("Date 2024-01-01T10:30:00 is bad", "Date 2024-01-01T10:30:00 is bad"),
        ("The customer at the counter (No. 5) is unknown", "The customer at the counter (No. 5) is unknown"),
        ("Failed.Please try again e.g. later", "Failed.Please try again e.g. later"),
        (JAVA, "Order 1001 is locked"),
        (JAVA.replace("\n", " "), "Order 1001 is locked"),
        (DOTNET, "Server was unable to process request."),
        (PYTHON, "Internal error"),
        (PHP, "Order is gone"),
        ("java.lang.NullPointerException", ""),
        ("Cannot reach http://erp01.internal:8080/orders?x=1 now", "Cannot reach … now"),
        ("Cannot reach erp01.corp.example:8080.", "Cannot reach …."),
        ("Host erp01:1521 is down", "Host … is down"),
        ("Host db:5432 is down", "Host … is down"),
        ("Host 10.1.2.3 is down", "Host … is down"),
        ("Host 10.1.2.3:99 is down", "Host … is down"),
        ("Host fe80::1:2:3:4 or 2001:db8:0:1:2:3:4:5 is down", "Host … or … is down"),
        ("Could not open C:\\erp\\data\\orders.mdb for reading", "Could not open … for reading"),
        ("Could not open \\\\fileserver\\erp$", "Could not open …"),
        ("Could not open /var/lib/erp/orders.db: denied", "Could not open …: denied"),
        ("Error in Orders.java:42", "Error in …"),
        ("jdbc:oracle:thin:@erp01:1521:PROD failed", "… failed"),
        ("Login failed; user id=sa; password=hunter2; try again", "Login failed; user id=…; password=…; try again"),
        ("mail admin@erp.example.com", "mail admin@…"),
        ("bad\x00\x1b[31m text\u202e", "bad[31m text"),
    ],
)  # fmt: skip
def test_shown(text: str, shown: str) -> None:
    assert public_text(text) == shown


def test_bounded() -> None:
    shown = public_text("word " * 10_000)
    assert len(shown) <= TEXT_MAX
    assert shown.endswith("…")


@pytest.mark.parametrize(
    "piece", ["a.", "/a", "a:", "1.", "at ", "C:\\", "password=", "a-", "#0 ", "http://", "\n ", "0:"]
)
def test_hostile_texts_take_no_time(piece: str) -> None:
    with costs_at_most(1):
        public_text(piece * 50_000)
        public_text(piece * 2_000 + "!")
