"""Decrypts an encrypted image, written from docs/security.md alone, with `cryptography` from PyPI.

    decrypt.py KEY_FILE IMAGE_KEYS.JSON FOLDER NAME [FIRST LAST]

NAME is the file's name below FOLDER. Writes the image, or its bytes from FIRST to LAST, to standard output. Ends with 1 and one
line when the file is not what it was.
"""

import base64
import json
import pathlib
import sys

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HEADER, SEGMENT, TAG, NONCE = 96, 65536, 16, 12


class Damaged(Exception):
    pass


def unseal(master, sealed, data):
    return AESGCM(master).decrypt(sealed[:NONCE], sealed[NONCE:], data)


def image_keys(master, path):
    """Secret and person by id."""
    content = json.loads(path.read_text(encoding="utf-8"))
    if content["version"] != 1:
        raise Damaged(f"the keys have version {content['version']}")
    if unseal(master, base64.b64decode(content["check"]), b"time-tracker master key 1") != b"":
        raise Damaged("the check is not empty")
    keys = {}
    for entry in content["keys"]:
        identity, person = base64.b64decode(entry["id"]), entry["person"]
        data = b"time-tracker image key 1\0" + identity + person.encode()
        keys[identity] = unseal(master, base64.b64decode(entry["key"]), data), person
    return keys


def decrypted(file, name, keys, first, last):
    """The bytes of the image from `first` to `last`."""
    header = file[:HEADER]
    if len(header) < HEADER or header[:8] != b"TTIMAGE\1":
        raise Damaged("this is no encrypted image of version 1")
    identity, salt, prefix, code = header[8:24], header[24:56], header[56:63], header[64:]
    if header[63] != 0:
        raise Damaged("byte 63 is not 0")
    secret, person = keys[identity]
    derived = HKDF(SHA256(), 64, salt, b"time-tracker image 1\0" + person.encode()).derive(secret)
    expected = HMAC(derived[32:], SHA256())
    expected.update(header[:64] + name.encode())
    expected.verify(code)

    body = len(file) - HEADER
    count = -(-body // SEGMENT)
    rest = body - (count - 1) * SEGMENT
    if count < 1 or rest < TAG + 1 and not (count == 1 and rest == TAG):
        raise Damaged("the file was cut off")
    size = body - TAG * count
    cipher = AESGCM(derived[:32])
    plain = SEGMENT - TAG
    last = size - 1 if last is None else min(last, size - 1)
    if size == 0:
        return cipher.decrypt(prefix + bytes(4) + b"\1", file[HEADER:], None)
    image = b""
    numbers = range(first // plain, last // plain + 1)
    for number in numbers:
        start = HEADER + number * SEGMENT
        nonce = prefix + number.to_bytes(4, "big") + (b"\1" if number == count - 1 else b"\0")
        image += cipher.decrypt(nonce, file[start:start + SEGMENT], None)
    skipped = numbers.start * plain
    return image[first - skipped:last + 1 - skipped]


def main(key_file, keys_file, folder, name, first="0", last=None):
    master = base64.b64decode(pathlib.Path(key_file).read_text(encoding="ascii"))
    keys = image_keys(master, pathlib.Path(keys_file))
    file = (pathlib.Path(folder) / name).read_bytes()
    sys.stdout.buffer.write(decrypted(file, name, keys, int(first), None if last is None else int(last)))


try:
    main(*sys.argv[1:])
except (Damaged, InvalidTag, InvalidSignature, KeyError) as error:
    sys.exit(f"{type(error).__name__} {error}")
