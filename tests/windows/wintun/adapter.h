// Adapters, their sessions, and the one lock that stands over both.
#pragma once
#include "log.h"
#include "ring.h"
#include "wire.h"
#include <iphlpapi.h>

#define EXPORT __declspec(dllexport)
#define LONGEST_NAME 128

typedef struct session session;

// What other processes may know of an adapter: it lies in a mapping that is named after the adapter and lives as long as it does.
typedef struct {
  GUID guid;
  NET_LUID luid;
  WCHAR type[LONGEST_NAME];
} description;

typedef struct {
  WCHAR name[LONGEST_NAME];
  description about;
  HANDLE named, identified, driver; // the mapping and the mutex that make its name and its GUID the only ones, and the driver's sign of life
  wire *wire;
  session *session;
  BOOL removed;
} adapter;

struct session {
  adapter *adapter; // NULL when it was closed before
  wire *wire;
  ring *incoming, *outgoing;
  HANDLE readable, writable, writer, only;
  volatile BOOL held, ending;
  DWORD dropped;
};

extern CRITICAL_SECTION lock;

// The name of an object that all processes share. The result has 256 characters.
void object_name(WCHAR *result, const WCHAR *kind, const WCHAR *name);
// The result has 40 characters.
void guid_text(WCHAR *result, const GUID *guid);

// With the lock held: a packet for the session of an adapter, which may have none; its end.
void deliver(session *session, const BYTE *body, DWORD length);
void terminate(session *session);
