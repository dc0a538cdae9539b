// A ring of packets with Wintun's contract: reserved in order and committed in any order, taken in order and released in any order.
//
// Threading: every function is safe from any thread. Sizes: a packet is at most 0xFFFF bytes, and takes four more and what aligns it to four.
// Whoever breaks the contract (a packet committed or released twice, or never handed out) ends the process with a line on stderr.
#pragma once
#include <winsock2.h>
#include <windows.h>

#define SMALLEST_RING 0x20000u
#define LARGEST_RING 0x4000000u
#define LARGEST_PACKET 0xFFFFu

typedef struct ring ring;

// NULL, with the last error set, where the capacity is no power of two between the two sizes or memory is short.
ring *ring_create(DWORD capacity);
void ring_free(ring *ring);

// NULL with ERROR_BUFFER_OVERFLOW, ERROR_HANDLE_EOF, or ERROR_INVALID_PARAMETER for a size beyond 0xFFFF.
BYTE *ring_reserve(ring *ring, DWORD size);
void ring_commit(ring *ring, const BYTE *packet);

// NULL with ERROR_NO_MORE_ITEMS, ERROR_HANDLE_EOF or ERROR_INVALID_DATA.
BYTE *ring_take(ring *ring, DWORD *size);
void ring_release(ring *ring, const BYTE *packet);

// From now on nothing is handed out: ERROR_HANDLE_EOF.
void ring_terminate(ring *ring);
// From now on nothing can be taken: ERROR_INVALID_DATA.
void ring_corrupt(ring *ring);

__attribute__((noreturn)) void contract_broken(const char *what);
