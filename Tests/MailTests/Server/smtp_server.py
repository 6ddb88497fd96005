"""A mail server for the tests, on a free port of loopback, until its standard input ends.

usage: smtp_server.py FOLDER none|starttls|implicit [CERTIFICATE KEY] [USER PASSWORD]
Prints its port. With --read it is no server, but understands messages from its standard input, each a line of base64.
Each message becomes FOLDER/N.json: the envelope, and how Python's own reader understands the message.
Whom a message goes to decides what becomes of it: busy@ 450, gone@ 550, full@ 552 after the data, slow@ no answer at all,
cut@ the connection ends.
"""

import asyncio
import base64
import email
import email.header
import email.policy
import email.utils
import json
import os
import pathlib
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def text(part):
    return part.get_content().replace("\r\n", "\n")


def addresses(data, header):
    # Python's newer reader puts a space between the encoded words of a name, which RFC 2047 forbids.
    value = str(email.message_from_bytes(data)[header])
    return [
        [str(email.header.make_header(email.header.decode_header(name))), address]
        for name, address in email.utils.getaddresses([value])
    ]


def understood(data):
    message = email.message_from_bytes(data, policy=email.policy.default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    return {
        "headers": [[name, str(value)] for name, value in message.items()],
        "addresses": addresses(data, "To"),
        "from": addresses(data, "From")[0],
        "type": message.get_content_type(),
        "parts": [[part.get_content_type(), part["Content-Transfer-Encoding"], text(part)] for part in parts],
        "defects": [str(d) for part in message.walk() for d in part.defects]
        + [str(d) for value in message.values() for d in value.defects],
        "longest_line": max(len(line) for line in data.split(b"\r\n")),
        "bare_line_ends": data.replace(b"\r\n", b"").count(b"\n") + data.replace(b"\r\n", b"").count(b"\r"),
        "is_ascii": data.isascii(),
    }


class Handler:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.count = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        kind = address.split("@")[0]
        if kind == "busy":
            return "450 4.2.1 try again later"
        if kind == "gone":
            return "550 5.1.1 nobody of that name"
        if kind == "cut":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        kinds = [address.split("@")[0] for address in envelope.rcpt_tos]
        if "full" in kinds:
            return "552 5.2.2 no room left"
        if "slow" in kinds:
            await asyncio.sleep(60)
        self.count += 1
        record = {
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "is_encrypted": session.ssl is not None or isinstance(server.transport.get_extra_info("sslcontext"), ssl.SSLContext),
            "is_authenticated": bool(session.authenticated),
            "message": understood(envelope.original_content),
        }
        partial = self.folder / "partial"
        partial.write_text(json.dumps(record))
        partial.rename(self.folder / f"{self.count}.json")
        return "250 OK"


async def main(folder, encryption, rest):
    context = None
    if encryption != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(rest[0], rest[1])
        rest = rest[2:]
    login = rest or None

    def authenticate(server, session, envelope, mechanism, data):
        right = [data.login.decode(), data.password.decode()] == login
        return AuthResult(success=right, handled=False)

    handler = Handler(folder)

    def session():
        return SMTP(
            handler,
            tls_context=context if encryption == "starttls" else None,
            authenticator=authenticate if login else None,
            auth_required=login is not None,
            auth_require_tls=encryption == "starttls",
            ident="test",
        )

    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", 0, ssl=context if encryption == "implicit" else None
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)


if sys.argv[1:2] == ["--read"]:
    print(json.dumps([understood(base64.b64decode(line)) for line in sys.stdin]))
else:
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
