#!/usr/bin/env python3
"""Writes blake2s.txt and hkdf-blake2s.txt, beside itself, with the BLAKE2s and HMAC of Python's standard library.

The inputs are counting bytes, so that the files are the same on every run.
"""
import hashlib
import hmac
import pathlib

HERE = pathlib.Path(__file__).parent


def counting(length, first=0):
    return bytes((first + i) & 0xFF for i in range(length))


def record(**fields):
    return "".join(f"{name} = {value.hex()}".rstrip() + "\n" for name, value in fields.items()) + "\n"


def blake2s_vectors():
    lengths = [0, 1, 3, 32, 63, 64, 65, 116, 128, 129, 132, 192, 193, 255]
    for digest_size in (1, 16, 32):
        for key_size in (0, 1, 32):
            for length in lengths:
                data, key = counting(length), counting(key_size, 0x80)
                yield record(key=key, input=data, digest=hashlib.blake2s(data, key=key, digest_size=digest_size).digest())


def hmac_blake2s(key, data):
    return hmac.new(key, data, hashlib.blake2s).digest()


def hkdf_vectors():
    for length in (0, 1, 12, 31, 32, 33, 63, 64, 65, 200):
        salt, data = counting(32, length), counting(length, 0x40)
        secret = hmac_blake2s(salt, data)
        output1 = hmac_blake2s(secret, b"\x01")
        output2 = hmac_blake2s(secret, output1 + b"\x02")
        output3 = hmac_blake2s(secret, output2 + b"\x03")
        yield record(key=salt, input=data, hmac=secret, output1=output1, output2=output2, output3=output3)
    # HMAC alone, with keys shorter than, as long as, and longer than a block (those are hashed first).
    for key_size in (0, 1, 16, 63, 64, 65, 128):
        key, data = counting(key_size, 7), counting(100)
        yield record(key=key, input=data, hmac=hmac_blake2s(key, data))


def write(name, records):
    (HERE / name).write_text(f"# Written by {pathlib.Path(__file__).name}: do not edit.\n\n" + "".join(records).rstrip("\n") + "\n")


write("blake2s.txt", blake2s_vectors())
write("hkdf-blake2s.txt", hkdf_vectors())
