"""Binary values beside the envelope: MTOM with XOP, SOAP with attachments; both ways (XOP 1.0, RFC 2387, RFC 2392)."""
