"""The schemas of a WSDL as a validator gets them."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from adapters.soap.judge_files import SchemaFiles
from tests.adapters.soap.wsdls import SCHEMA, pinned, wsdl


def test_keys_are_not_judged(tmp_path: Path) -> None:
    keys = """<xs:element name="All"><xs:complexType><xs:sequence><xs:element name="id" type="xs:int" maxOccurs="9"/>
      </xs:sequence></xs:complexType><xs:unique name="u" xmlns:s="urn:shop"><xs:selector xpath="s:id"/>
      <xs:field xpath="."/></xs:unique></xs:element>"""
    main = SchemaFiles(pinned(wsdl(schema=SCHEMA.replace("</xs:schema>", f"{keys}</xs:schema>"))), tmp_path).main()
    schema = etree.XMLSchema(file=str(main))
    twice = "<id>1</id>" * 2
    assert schema.validate(etree.fromstring(f'<All xmlns="urn:shop">{twice}</All>'))
    assert not schema.validate(etree.fromstring('<All xmlns="urn:shop"><id>x</id></All>'))


def test_the_namespace_of_xml_has_no_other_prefix(tmp_path: Path) -> None:
    """The envelope of SOAP 1.2, which many schemas name, imports it."""
    schema = SCHEMA.replace("<xs:schema ", '<xs:schema xmlns:e="http://www.w3.org/2003/05/soap-envelope" ')
    files = SchemaFiles(pinned(wsdl(schema=schema)), tmp_path)
    assert "http://www.w3.org/XML/1998/namespace" in files.spaces
    assert files.qname("{http://www.w3.org/XML/1998/namespace}lang") == "xml:lang"
    etree.XMLSchema(file=str(files.main()))
