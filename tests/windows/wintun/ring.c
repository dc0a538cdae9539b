#include "ring.h"
#include <stdio.h>

// What lies before each packet: its size and how far it is.
#define RESERVED 0x80000000u
#define TAKEN 0x40000000u
#define RELEASED 0x20000000u
#define SIZE 0x1FFFFFFFu
#define HEADER ((DWORD)sizeof(DWORD))

// Offsets from the oldest to the newest: freed < head, taken < next, committed < published, reserved < tail. All are below the capacity, and
// a packet that begins below it lies in one piece, for which the ring has room behind its capacity. The tail never comes up to the head.
struct ring {
  CRITICAL_SECTION lock;
  DWORD capacity, head, next, published, tail;
  BOOL terminated;
  BYTE *data;
};

void contract_broken(const char *what) {
  fprintf(stderr, "wintun.dll: the contract was broken: %s\n", what);
  fflush(stderr);
  TerminateProcess(GetCurrentProcess(), 0xC000000D);
  for (;;) Sleep(1000);
}

static DWORD *header_at(const ring *ring, DWORD offset) { return (DWORD *)(ring->data + offset); }
static DWORD room_for(DWORD size) { return (HEADER + size + 3u) & ~3u; }
static DWORD wrap(const ring *ring, DWORD offset) { return offset & (ring->capacity - 1); }
static DWORD after(const ring *ring, DWORD offset) { return wrap(ring, offset + room_for(*header_at(ring, offset) & SIZE)); }

ring *ring_create(DWORD capacity) {
  if (capacity < SMALLEST_RING || capacity > LARGEST_RING || (capacity & (capacity - 1)) != 0) {
    SetLastError(ERROR_INVALID_PARAMETER);
    return NULL;
  }
  ring *ring = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *ring);
  if (ring) ring->data = VirtualAlloc(NULL, capacity + room_for(LARGEST_PACKET), MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
  if (!ring || !ring->data) {
    HeapFree(GetProcessHeap(), 0, ring);
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return NULL;
  }
  ring->capacity = capacity;
  InitializeCriticalSection(&ring->lock);
  return ring;
}

void ring_free(ring *ring) {
  if (!ring) return;
  DeleteCriticalSection(&ring->lock);
  VirtualFree(ring->data, 0, MEM_RELEASE);
  HeapFree(GetProcessHeap(), 0, ring);
}

static BYTE *fail(ring *ring, DWORD error) {
  LeaveCriticalSection(&ring->lock);
  SetLastError(error);
  return NULL;
}

BYTE *ring_reserve(ring *ring, DWORD size) {
  EnterCriticalSection(&ring->lock);
  if (ring->terminated) return fail(ring, ERROR_HANDLE_EOF);
  if (size > LARGEST_PACKET) return fail(ring, ERROR_INVALID_PARAMETER);
  if (room_for(size) > wrap(ring, ring->head - ring->tail - HEADER)) return fail(ring, ERROR_BUFFER_OVERFLOW);
  DWORD *header = header_at(ring, ring->tail);
  *header = size | RESERVED;
  ring->tail = after(ring, ring->tail);
  // Nobody may count on what is not written yet.
  FillMemory(header + 1, size, 0xCC);
  LeaveCriticalSection(&ring->lock);
  return (BYTE *)(header + 1);
}

// The header of a packet that was handed out, with the lock held.
static DWORD *header_of(ring *ring, const BYTE *packet, const char *what) {
  const BYTE *header = packet - HEADER;
  if (header < ring->data || header >= ring->data + ring->capacity || ((header - ring->data) & 3) != 0) contract_broken(what);
  return (DWORD *)header;
}

void ring_commit(ring *ring, const BYTE *packet) {
  EnterCriticalSection(&ring->lock);
  DWORD *header = header_of(ring, packet, "a packet was sent that was never allocated");
  if (!(*header & RESERVED)) contract_broken("a packet was sent twice");
  *header &= ~RESERVED;
  while (ring->published != ring->tail && !(*header_at(ring, ring->published) & RESERVED)) ring->published = after(ring, ring->published);
  LeaveCriticalSection(&ring->lock);
}

BYTE *ring_take(ring *ring, DWORD *size) {
  EnterCriticalSection(&ring->lock);
  if (ring->terminated) return fail(ring, ERROR_HANDLE_EOF);
  if (ring->published & 3) return fail(ring, ERROR_INVALID_DATA);
  if (ring->next == ring->published) return fail(ring, ERROR_NO_MORE_ITEMS);
  DWORD *header = header_at(ring, ring->next);
  if (*header > LARGEST_PACKET || room_for(*header) > wrap(ring, ring->published - ring->next)) return fail(ring, ERROR_INVALID_DATA);
  *size = *header;
  *header |= TAKEN;
  ring->next = after(ring, ring->next);
  LeaveCriticalSection(&ring->lock);
  return (BYTE *)(header + 1);
}

void ring_release(ring *ring, const BYTE *packet) {
  EnterCriticalSection(&ring->lock);
  DWORD *header = header_of(ring, packet, "a packet was released that was never received");
  if ((*header & (TAKEN | RELEASED)) != TAKEN) contract_broken("a packet was released twice");
  *header |= RELEASED;
  // Whoever still reads it sees that it is gone.
  FillMemory(header + 1, *header & SIZE, 0xDD);
  while (ring->head != ring->next && (*header_at(ring, ring->head) & RELEASED)) {
    DWORD freed = ring->head;
    ring->head = after(ring, freed);
    *header_at(ring, freed) = 0;
  }
  LeaveCriticalSection(&ring->lock);
}

void ring_terminate(ring *ring) {
  EnterCriticalSection(&ring->lock);
  ring->terminated = TRUE;
  LeaveCriticalSection(&ring->lock);
}

void ring_corrupt(ring *ring) {
  EnterCriticalSection(&ring->lock);
  ring->published |= 1;
  LeaveCriticalSection(&ring->lock);
}
