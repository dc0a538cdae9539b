// The wire between an adapter and the test that plays its network: a TCP connection to the address in PFSVPN_TEST_WINTUN ("127.0.0.1:PORT").
//
// Both ways it carries frames: the length of the body (four bytes, little endian), a letter, the body.
//
//   to the test     H hello, the first frame: lines name=, guid=, luid= (hexadecimal), type=, created= (1 or 0)
//                   S a session has started: its capacity    E it has ended: how many packets did not fit its ring
//                   P an IP packet that was sent             B a packet that is none of IPv4 or IPv6, which a driver drops
//   from the test   P an IP packet for the session to receive (lost where there is no session, or no room in its ring)
//                   D the adapter disappears: ERROR_HANDLE_EOF    X the ring is corrupt: ERROR_INVALID_DATA
//                   W sent packets wait in their ring        G they go on
//                   each but P is sent back when it is done
//
// The end of the connection (or its reset, where something from the test was not read yet) says that the adapter was closed; to the adapter, that it disappeared. Without the variable there is no wire:
// what is sent is lost, and nothing comes.
#pragma once
#include <winsock2.h>
#include <windows.h>

typedef struct wire wire;
// Called on the wire's thread with each frame, and with the letter 0 when the connection has ended.
typedef void (*wire_handler)(void *context, char letter, const BYTE *body, DWORD length);

// FALSE, with the last error set, where there is an address and nobody answers; *result is NULL where there is no address.
BOOL wire_open(wire **result);
// From now on the handler is called.
BOOL wire_start(wire *wire, wire_handler handler, void *context);
void wire_send(wire *wire, char letter, const void *body, DWORD length);
// Ends the connection and waits until the handler has been called for the last time.
void wire_close(wire *wire);
// The wire is freed with its last reference: wire_open's and each wire_keep's.
wire *wire_keep(wire *wire);
void wire_drop(wire *wire);
