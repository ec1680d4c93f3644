"""What the server itself answers, before a request is one that the product could see: in SCIM's JSON, too."""

import json

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_BODY = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
    "status": "400",
    "detail": "This is not a request of HTTP/1.1, or its body did not arrive whole.",
}


class ScimH11(H11Protocol):
    """Uvicorn's HTTP/1.1. Its own answer to malformed chunks and header lines is plain text."""

    def send_400_response(self, msg: str) -> None:
        """Answer, and close: where the next request would begin is unknown."""
        body = json.dumps(_BODY).encode()
        headers = [
            ("Content-Type", "application/scim+json"),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
        ]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
