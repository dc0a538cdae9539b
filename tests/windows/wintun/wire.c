#include "wire.h"
#include <ws2tcpip.h>

#define FRAME_HEADER 5u
#define LARGEST_FRAME (FRAME_HEADER + 0x10000u)

struct wire {
  volatile LONG references;
  SOCKET socket;
  CRITICAL_SECTION sending;
  HANDLE thread;
  volatile BOOL closing;
  wire_handler handler;
  void *context;
  BYTE buffer[4 * LARGEST_FRAME];
};

static BOOL fail(SOCKET socket) {
  DWORD error = (DWORD)WSAGetLastError();
  if (socket != INVALID_SOCKET) closesocket(socket);
  SetLastError(error);
  return FALSE;
}

BOOL wire_open(wire **result) {
  char text[64];
  *result = NULL;
  DWORD length = GetEnvironmentVariableA("PFSVPN_TEST_WINTUN", text, sizeof text);
  if (length == 0) return TRUE;
  char *colon = length < sizeof text ? strrchr(text, ':') : NULL;
  struct sockaddr_in address = {.sin_family = AF_INET};
  WSADATA data;
  int error = WSAStartup(MAKEWORD(2, 2), &data);
  if (error) {
    SetLastError((DWORD)error);
    return FALSE;
  }
  if (colon) {
    *colon = 0;
    address.sin_port = htons((u_short)strtoul(colon + 1, NULL, 10));
  }
  if (!colon || InetPtonA(AF_INET, text, &address.sin_addr) != 1) {
    SetLastError(ERROR_INVALID_PARAMETER);
    return FALSE;
  }
  SOCKET socket = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  if (socket == INVALID_SOCKET || connect(socket, (struct sockaddr *)&address, sizeof address) != 0) return fail(socket);
  BOOL yes = TRUE;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, (const char *)&yes, sizeof yes);
  wire *wire = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *wire);
  if (!wire) {
    closesocket(socket);
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return FALSE;
  }
  wire->references = 1;
  wire->socket = socket;
  InitializeCriticalSection(&wire->sending);
  *result = wire;
  return TRUE;
}

static DWORD WINAPI read_frames(void *argument) {
  wire *wire = argument;
  DWORD filled = 0;
  for (;;) {
    int received = wire->closing ? 0 : recv(wire->socket, (char *)wire->buffer + filled, (int)(sizeof wire->buffer - filled), 0);
    if (received <= 0) break;
    filled += (DWORD)received;
    DWORD at = 0;
    while (filled - at >= FRAME_HEADER) {
      DWORD length;
      CopyMemory(&length, wire->buffer + at, sizeof length);
      if (length > LARGEST_FRAME - FRAME_HEADER) goto end;
      if (filled - at < FRAME_HEADER + length) break;
      wire->handler(wire->context, (char)wire->buffer[at + 4], wire->buffer + at + FRAME_HEADER, length);
      at += FRAME_HEADER + length;
    }
    filled -= at;
    MoveMemory(wire->buffer, wire->buffer + at, filled);
  }
end:
  wire->handler(wire->context, 0, NULL, 0);
  return 0;
}

BOOL wire_start(wire *wire, wire_handler handler, void *context) {
  if (!wire) return TRUE;
  wire->handler = handler;
  wire->context = context;
  wire->thread = CreateThread(NULL, 0, read_frames, wire, 0, NULL);
  return wire->thread != NULL;
}

void wire_send(wire *wire, char letter, const void *body, DWORD length) {
  if (!wire) return;
  BYTE header[FRAME_HEADER];
  CopyMemory(header, &length, sizeof length);
  header[4] = (BYTE)letter;
  WSABUF parts[2] = {{FRAME_HEADER, (char *)header}, {length, (char *)body}};
  // A blocking send of a stream takes everything, or the connection has ended: then nobody waits for it.
  EnterCriticalSection(&wire->sending);
  DWORD sent;
  WSASend(wire->socket, parts, length ? 2 : 1, &sent, 0, NULL, NULL);
  LeaveCriticalSection(&wire->sending);
}

void wire_close(wire *wire) {
  if (!wire) return;
  wire->closing = TRUE;
  shutdown(wire->socket, SD_SEND);
  if (!wire->thread) return;
  // A shutdown does not end the thread's recv. It may not be in it yet: so once more until it has ended.
  do CancelIoEx((HANDLE)wire->socket, NULL);
  while (WaitForSingleObject(wire->thread, 5) == WAIT_TIMEOUT);
  CloseHandle(wire->thread);
  wire->thread = NULL;
}

wire *wire_keep(wire *wire) {
  if (wire) InterlockedIncrement(&wire->references);
  return wire;
}

void wire_drop(wire *wire) {
  if (!wire || InterlockedDecrement(&wire->references) != 0) return;
  closesocket(wire->socket);
  DeleteCriticalSection(&wire->sending);
  HeapFree(GetProcessHeap(), 0, wire);
}
