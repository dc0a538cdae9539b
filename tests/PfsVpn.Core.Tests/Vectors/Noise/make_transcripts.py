#!/usr/bin/env python3
"""Makes transcripts.json: whole WireGuard handshakes with fixed keys, every intermediate value written down.

An implementation of its own, on purpose: it shares no code and no library with PfsVpn. X25519, ChaCha20, Poly1305 and XChaCha20 are written
from RFC 7748, RFC 8439 and draft-irtf-cfrg-xchacha; BLAKE2s and HMAC are those of the Python standard library. The primitives are checked
against the vectors of their documents before anything is made.

Regenerate, in this folder:   python3 make_transcripts.py > transcripts.json
"""
import hashlib
import hmac
import ipaddress
import json
import struct

# --- primitives -----------------------------------------------------------------------------------------------------------------

P = 2**255 - 19


def clamp(scalar):
    b = bytearray(scalar)
    b[0] &= 248
    b[31] = (b[31] & 127) | 64
    return bytes(b)


def x25519(scalar, point):
    k = int.from_bytes(clamp(scalar), "little")
    x1 = int.from_bytes(point, "little") & (2**255 - 1)
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in range(254, -1, -1):
        bit = (k >> t) & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = (x2 + z2) % P, (x2 - z2) % P, (x3 + z3) % P, (x3 - z3) % P
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = (aa - bb) % P
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, x3, z2, z3 = x3, x2, z3, z2
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def public(private):
    return x25519(private, (9).to_bytes(32, "little"))


def rotl(v, n):
    return ((v << n) | (v >> (32 - n))) & 0xFFFFFFFF


def quarter(s, a, b, c, d):
    s[a] = (s[a] + s[b]) & 0xFFFFFFFF; s[d] = rotl(s[d] ^ s[a], 16)
    s[c] = (s[c] + s[d]) & 0xFFFFFFFF; s[b] = rotl(s[b] ^ s[c], 12)
    s[a] = (s[a] + s[b]) & 0xFFFFFFFF; s[d] = rotl(s[d] ^ s[a], 8)
    s[c] = (s[c] + s[d]) & 0xFFFFFFFF; s[b] = rotl(s[b] ^ s[c], 7)


def rounds(state):
    s = list(state)
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            quarter(s, a, b, c, d)
    return s


SIGMA = struct.unpack("<4I", b"expand 32-byte k")


def chacha20_block(key, counter, nonce):
    state = SIGMA + struct.unpack("<8I", key) + (counter,) + struct.unpack("<3I", nonce)
    return struct.pack("<16I", *((a + b) & 0xFFFFFFFF for a, b in zip(state, rounds(state))))


def hchacha20(key, nonce16):
    s = rounds(SIGMA + struct.unpack("<8I", key) + struct.unpack("<4I", nonce16))
    return struct.pack("<8I", *s[:4], *s[12:])


def chacha20(key, counter, nonce, data):
    out = bytearray()
    for i in range(0, len(data), 64):
        block = chacha20_block(key, counter + i // 64, nonce)
        out += bytes(a ^ b for a, b in zip(data[i:i + 64], block))
    return bytes(out)


def poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    s = int.from_bytes(key[16:], "little")
    acc = 0
    for i in range(0, len(data), 16):
        acc = (acc + int.from_bytes(data[i:i + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return ((acc + s) & (2**128 - 1)).to_bytes(16, "little")


def pad16(data):
    return data + bytes(-len(data) % 16)


def aead(key, nonce, plaintext, ad):
    one_time = chacha20_block(key, 0, nonce)[:32]
    text = chacha20(key, 1, nonce, plaintext)
    return text + poly1305(one_time, pad16(ad) + pad16(text) + struct.pack("<QQ", len(ad), len(text)))


def xaead(key, nonce24, plaintext, ad):
    return aead(hchacha20(key, nonce24[:16]), bytes(4) + nonce24[16:], plaintext, ad)


def HASH(*parts):
    return hashlib.blake2s(b"".join(parts)).digest()


def MAC(key, data):
    return hashlib.blake2s(data, key=key, digest_size=16).digest()


def HMAC(key, data):
    return hmac.new(key, data, hashlib.blake2s).digest()


def KDF(n, key, data):
    secret, out, previous = HMAC(key, data), [], b""
    for i in range(1, n + 1):
        previous = HMAC(secret, previous + bytes([i]))
        out.append(previous)
    return out


def check_primitives():
    h = bytes.fromhex
    # RFC 7748 §5.2: a single vector, and the first iteration
    assert x25519(h("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                  h("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")) \
        == h("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
    nine = (9).to_bytes(32, "little")
    assert x25519(nine, nine) == h("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079")
    # RFC 8439 §2.8.2
    text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
    sealed = aead(bytes(range(0x80, 0xA0)), h("070000004041424344454647"), text, h("50515253c0c1c2c3c4c5c6c7"))
    assert sealed[:16] == h("d31a8d34648e60db7b86afbc53ef7ec2") and sealed[-16:] == h("1ae10b594f09e26a7e902ecbd0600691")
    # draft-irtf-cfrg-xchacha-03 §2.2.1
    assert hchacha20(bytes(range(32)), h("000000090000004a0000000031415927")) \
        == h("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")


# --- the protocol ---------------------------------------------------------------------------------------------------------------

CONSTRUCTION = b"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"
IDENTIFIER = b"WireGuard v1 zx2c4 Jason@zx2c4.com"
ZERO_NONCE = bytes(12)


def fixed(case, what):
    """32 bytes that anyone can make again."""
    return hashlib.sha256(f"PfsVpn transcript {case}: {what}".encode()).digest()


def tai64n(seconds, nanoseconds):
    return struct.pack(">QI", 2**62 + 10 + seconds, nanoseconds & ~(2**24 - 1))


def transcript(name, with_psk, seconds, nanoseconds, source):
    si, sr, ei, er = (clamp(fixed(name, k)) for k in ("initiator static", "responder static", "initiator ephemeral", "responder ephemeral"))
    psk = fixed(name, "preshared key") if with_psk else bytes(32)
    index_i, index_r = fixed(name, "initiator index")[:4], fixed(name, "responder index")[:4]
    out = {
        "name": name, "initiator_private": si, "initiator_public": public(si), "responder_private": sr, "responder_public": public(sr),
        "initiator_ephemeral_private": ei, "responder_ephemeral_private": er, "preshared_key": psk,
        "initiator_index": int.from_bytes(index_i, "little"), "responder_index": int.from_bytes(index_r, "little"),
        "unix_seconds": seconds, "unix_nanoseconds": nanoseconds, "static_static": x25519(si, public(sr)),
    }

    # initiation: e, es, s, ss
    c = HASH(CONSTRUCTION)
    h = HASH(HASH(c, IDENTIFIER), public(sr))
    out["initial_chaining_key"], out["initial_hash"] = c, h
    epub = public(ei)
    c, = KDF(1, c, epub); h = HASH(h, epub)
    c, k = KDF(2, c, x25519(ei, public(sr)))
    static = aead(k, ZERO_NONCE, public(si), h); h = HASH(h, static)
    c, k = KDF(2, c, x25519(si, public(sr)))
    out["timestamp"] = tai64n(seconds, nanoseconds)
    stamp = aead(k, ZERO_NONCE, out["timestamp"], h); h = HASH(h, stamp)
    out["initiation_chaining_key"], out["initiation_hash"] = c, h
    head = b"\x01\0\0\0" + index_i + epub + static + stamp
    mac1 = MAC(HASH(b"mac1----", public(sr)), head)
    initiation = head + mac1 + bytes(16)
    out["initiation"] = initiation
    initiation_epub = epub

    # response: e, ee, se, psk
    epub = public(er)
    c, = KDF(1, c, epub); h = HASH(h, epub)
    c, = KDF(1, c, x25519(er, initiation_epub))
    c, = KDF(1, c, x25519(er, public(si)))
    c, t, k = KDF(3, c, psk); h = HASH(h, t)
    empty = aead(k, ZERO_NONCE, b"", h); h = HASH(h, empty)
    out["response_chaining_key"], out["response_hash"] = c, h
    head = b"\x02\0\0\0" + index_r + index_i + epub + empty
    response = head + MAC(HASH(b"mac1----", public(si)), head) + bytes(16)
    out["response"] = response
    out["t1"], out["t2"] = KDF(2, c, b"")

    # the responder under load: a cookie for the source of the initiation, and the same initiation with mac2
    address, port = source
    rm, nonce = fixed(name, "cookie secret"), fixed(name, "cookie nonce")[:24]
    cookie = MAC(rm, ipaddress.ip_address(address).packed + struct.pack(">H", port))
    sealed = xaead(HASH(b"cookie--", public(sr)), nonce, cookie, mac1)
    covered = initiation[:-16]
    out.update({
        "source_address": address, "source_port": port, "cookie_secret": rm, "cookie_nonce": nonce, "cookie": cookie,
        "cookie_reply": b"\x03\0\0\0" + index_i + nonce + sealed, "initiation_with_mac2": covered + MAC(cookie, covered),
    })
    return {k: v.hex() if isinstance(v, bytes) else v for k, v in out.items()}


check_primitives()
print(json.dumps([
    transcript("without a pre-shared key", False, 1_700_000_000, 123_456_789, ("192.0.2.17", 51820)),
    transcript("with a pre-shared key", True, 1_790_000_000, 999_999_999, ("2001:db8:1:2:3:4:5:6", 443)),
], indent=1))
