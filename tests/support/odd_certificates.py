"""Certificates whose subject holds what no tool would write there: any bytes, of any string type. Signed as they should be.

odd_certificates.Authority(FOLDER) makes odd-ca.pem; issue(NAME, subject) makes NAME.pem and NAME.key. openssl computes.
"""
import base64
import os
import subprocess

UTF8, PRINTABLE, TELETEX, IA5, BMP = 0x0C, 0x13, 0x14, 0x16, 0x1E  # the string types of X.520
SEQUENCE, SET, INTEGER, BITS, OCTETS, OID, UTC, BOOLEAN = 0x30, 0x31, 0x02, 0x03, 0x04, 0x06, 0x17, 0x01
COMMON_NAME = bytes([0x55, 0x04, 0x03])
ORGANIZATION = bytes([0x55, 0x04, 0x0A])
ALTERNATIVE_NAME = bytes([0x55, 0x1D, 0x11])


def der(tag, *parts):
    content = b"".join(parts)
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x80 + (size.bit_length() + 7) // 8]) + size.to_bytes(
        (size.bit_length() + 7) // 8, "big")
    return bytes([tag]) + length + content


def name(*attributes):
    """A subject: (type of the attribute, tag of the string, bytes) for each."""
    return der(SEQUENCE, *(der(SET, der(SEQUENCE, der(OID, kind), der(tag, value))) for kind, tag, value in attributes))


def common_name(value, tag=UTF8):
    return name((COMMON_NAME, tag, value))


ECDSA_WITH_SHA256 = der(SEQUENCE, der(OID, bytes([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02])))
VALID = der(SEQUENCE, der(UTC, b"200101000000Z"), der(UTC, b"491231235959Z"))
AUTHORITY_ONLY = der(SEQUENCE, der(OID, bytes([0x55, 0x1D, 0x13])), der(BOOLEAN, b"\xff"),
                     der(OCTETS, der(SEQUENCE, der(BOOLEAN, b"\xff"))))


def openssl(*words, feed=b""):
    return subprocess.run(["openssl", *words], input=feed, check=True, capture_output=True, timeout=100).stdout


class Authority:
    def __init__(self, folder):
        self.folder = folder
        self.serial = 0x4000  # two bytes, and positive
        self.subject = common_name(b"odd", PRINTABLE)
        self.make("odd-ca", self.subject, [AUTHORITY_ONLY])

    def path(self, file):
        return os.path.join(self.folder, file)

    def make(self, file, subject, extensions):
        key = self.path(file + ".key")
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
        public = openssl("ec", "-in", key, "-pubout", "-outform", "DER")
        self.serial += 1
        more = [der(0xA3, der(SEQUENCE, *extensions))] if extensions else []
        content = der(SEQUENCE, der(0xA0, der(INTEGER, b"\x02")), der(INTEGER, self.serial.to_bytes(2, "big")),
                      ECDSA_WITH_SHA256, self.subject, VALID, subject, public, *more)
        signature = openssl("dgst", "-sha256", "-sign", self.path("odd-ca.key"), feed=content)
        whole = der(SEQUENCE, content, ECDSA_WITH_SHA256, der(BITS, b"\0", signature))
        with open(self.path(file + ".pem"), "wb") as out:
            out.write(b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(whole) + b"-----END CERTIFICATE-----\n")

    def issue(self, file, subject, *host_names):
        """`host_names`: bytes of alternative names, as they are."""
        names = der(SEQUENCE, *(der(0x82, one) for one in host_names))
        extension = der(SEQUENCE, der(OID, ALTERNATIVE_NAME), der(OCTETS, names))
        self.make(file, subject, [extension] if host_names else [])
