// Sessions of the tests' own wintun.dll: two rings, and a thread that puts what is sent on the wire.
#include "adapter.h"
#include <stdio.h>

void deliver(session *session, const BYTE *body, DWORD length) {
  BYTE *packet = session ? ring_reserve(session->incoming, length) : NULL;
  if (!packet) {
    if (session) session->dropped++;
    return;
  }
  CopyMemory(packet, body, length);
  ring_commit(session->incoming, packet);
  SetEvent(session->readable);
}

void terminate(session *session) {
  if (!session) return;
  ring_terminate(session->incoming);
  ring_terminate(session->outgoing);
  SetEvent(session->readable);
  SetEvent(session->writable);
}

static BOOL is_ip(const BYTE *packet, DWORD size) {
  if (size < 20) return FALSE;
  return packet[0] >> 4 == 4 || (packet[0] >> 4 == 6 && size >= 40);
}

static DWORD WINAPI write_packets(void *argument) {
  session *session = argument;
  for (;;) {
    DWORD size;
    BYTE *packet = session->held ? NULL : ring_take(session->outgoing, &size);
    if (packet) {
      wire_send(session->wire, is_ip(packet, size) ? 'P' : 'B', packet, size);
      ring_release(session->outgoing, packet);
    } else if (session->ending) {
      return 0;
    } else {
      WaitForSingleObject(session->writable, INFINITE);
    }
  }
}

static void free_session(session *session) {
  HANDLE handles[] = {session->readable, session->writable, session->writer, session->only};
  for (int i = 0; i < 4; i++)
    if (handles[i]) CloseHandle(handles[i]);
  ring_free(session->incoming);
  ring_free(session->outgoing);
  wire_drop(session->wire);
  HeapFree(GetProcessHeap(), 0, session);
}

EXPORT session *WINAPI WintunStartSession(adapter *adapter, DWORD capacity) {
  session *session = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *session);
  if (!session) return failed(L"Out of memory", ERROR_NOT_ENOUGH_MEMORY);
  session->wire = wire_keep(adapter->wire);
  session->incoming = ring_create(capacity);
  session->outgoing = session->incoming ? ring_create(capacity) : NULL;
  if (!session->outgoing) {
    DWORD error = GetLastError();
    free_session(session);
    return failed(L"The rings cannot be made", error);
  }
  // The read-wait event resets itself: it says that a packet came since the last wait, not that there is one.
  session->readable = CreateEventW(NULL, FALSE, FALSE, NULL);
  session->writable = CreateEventW(NULL, FALSE, FALSE, NULL);
  WCHAR object[256], guid[40];
  guid_text(guid, &adapter->about.guid);
  object_name(object, L"Session", guid);
  session->only = CreateMutexW(NULL, FALSE, object);
  DWORD error = GetLastError() == ERROR_ALREADY_EXISTS ? ERROR_ALREADY_INITIALIZED : 0; // not documented which
  if (!error) {
    session->writer = CreateThread(NULL, 0, write_packets, session, CREATE_SUSPENDED, NULL);
    if (!session->writer) error = GetLastError();
  }
  EnterCriticalSection(&lock);
  if (!error && adapter->removed) error = ERROR_FILE_NOT_FOUND; // not documented which
  if (!error) {
    session->adapter = adapter;
    adapter->session = session;
  }
  LeaveCriticalSection(&lock);
  if (error) {
    if (session->writer) {
      session->ending = TRUE;
      ResumeThread(session->writer);
      WaitForSingleObject(session->writer, INFINITE);
    }
    free_session(session);
    return failed(L"The session cannot be started", error);
  }
  ResumeThread(session->writer);
  char text[16];
  wire_send(session->wire, 'S', text, (DWORD)snprintf(text, sizeof text, "%lu", capacity));
  return session;
}

EXPORT void WINAPI WintunEndSession(session *session) {
  EnterCriticalSection(&lock);
  if (session->adapter) session->adapter->session = NULL;
  LeaveCriticalSection(&lock);
  // What was sent still goes out, but for what the test holds.
  session->ending = TRUE;
  SetEvent(session->writable);
  WaitForSingleObject(session->writer, INFINITE);
  char text[16];
  wire_send(session->wire, 'E', text, (DWORD)snprintf(text, sizeof text, "%lu", session->dropped));
  free_session(session);
}

EXPORT HANDLE WINAPI WintunGetReadWaitEvent(session *session) { return session->readable; }

EXPORT BYTE *WINAPI WintunReceivePacket(session *session, DWORD *size) { return ring_take(session->incoming, size); }

EXPORT void WINAPI WintunReleaseReceivePacket(session *session, const BYTE *packet) { ring_release(session->incoming, packet); }

EXPORT BYTE *WINAPI WintunAllocateSendPacket(session *session, DWORD size) { return ring_reserve(session->outgoing, size); }

EXPORT void WINAPI WintunSendPacket(session *session, const BYTE *packet) {
  ring_commit(session->outgoing, packet);
  SetEvent(session->writable);
}
