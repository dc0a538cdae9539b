// The tests' own wintun.dll: the whole interface of Wintun 0.14, with a wire to a test (wire.h) in the place of a driver.
//
// References: https://www.wintun.net, "Reference" of its README. Where that leaves an error open, the comment beside it says so.
// An adapter whose name an interface of this machine bears has that one's LUID, so that the IP helper functions find it; another has one made up.
// Threading: as documented. One lock stands over all adapters and sessions; packets pass by it, through the locks of their rings.
#include "adapter.h"
#include <ntsecapi.h>
#include <stdio.h>

#define DRIVER_VERSION 14 // 0.14
#define OBJECT(name) L"Global\\PfsVpn-Test-Wintun-" name

CRITICAL_SECTION lock;

BOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved) {
  (void)reserved;
  if (reason == DLL_PROCESS_ATTACH) {
    DisableThreadLibraryCalls(instance);
    InitializeCriticalSection(&lock);
  }
  return TRUE;
}

EXPORT void WINAPI WintunSetLogger(logger to) { set_logger(to); }

// --- adapters ---

void object_name(WCHAR *result, const WCHAR *kind, const WCHAR *name) {
  _snwprintf(result, 256, L"Global\\PfsVpn-Test-Wintun-%ls-%ls", kind, name);
  // A backslash would be a folder of objects.
  for (WCHAR *c = result + 7; *c; c++)
    if (*c == L'\\') *c = L'/';
}

void guid_text(WCHAR *result, const GUID *guid) {
  const BYTE *rest = guid->Data4;
  _snwprintf(result, 40, L"{%08lX-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}", guid->Data1, guid->Data2, guid->Data3, rest[0], rest[1], rest[2], rest[3], rest[4],
             rest[5], rest[6], rest[7]);
}

static NET_LUID luid_for(const WCHAR *name, const GUID *guid) {
  NET_LUID luid;
  if (ConvertInterfaceAliasToLuid(name, &luid) == NO_ERROR) return luid;
  luid.Value = 0;
  luid.Info.IfType = IF_TYPE_PROP_VIRTUAL;
  luid.Info.NetLuidIndex = (guid->Data1 & 0x7FFFFF) | 0x800000;
  return luid;
}

static void on_frame(void *context, char letter, const BYTE *body, DWORD length);

static void free_adapter(adapter *adapter) {
  wire_close(adapter->wire);
  wire_drop(adapter->wire);
  if (adapter->named) CloseHandle(adapter->named);
  if (adapter->identified) CloseHandle(adapter->identified);
  if (adapter->driver) CloseHandle(adapter->driver);
  HeapFree(GetProcessHeap(), 0, adapter);
}

// The adapter's wire and the driver's sign of life, and the greeting of the test.
static adapter *connect_adapter(adapter *adapter, BOOL created) {
  adapter->driver = CreateMutexW(NULL, FALSE, OBJECT(L"Driver"));
  if (!wire_open(&adapter->wire) || !wire_start(adapter->wire, on_frame, adapter)) {
    DWORD error = GetLastError();
    free_adapter(adapter);
    return failed(L"The test at PFSVPN_TEST_WINTUN does not answer", error);
  }
  WCHAR hello[512], guid[40];
  char utf8[3 * 512];
  guid_text(guid, &adapter->about.guid);
  int length = _snwprintf(hello, 512, L"name=%ls\nguid=%ls\nluid=%I64x\ntype=%ls\ncreated=%d\n", adapter->name, guid, adapter->about.luid.Value, adapter->about.type, created);
  length = WideCharToMultiByte(CP_UTF8, 0, hello, length, utf8, sizeof utf8, NULL, NULL);
  wire_send(adapter->wire, 'H', utf8, (DWORD)length);
  return adapter;
}

static adapter *new_adapter(LPCWSTR name) {
  size_t length = name ? wcslen(name) : 0;
  if (length == 0 || length >= LONGEST_NAME) return failed(L"The adapter's name has no good length", ERROR_INVALID_PARAMETER);
  adapter *adapter = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *adapter);
  if (!adapter) return failed(L"Out of memory", ERROR_NOT_ENOUGH_MEMORY);
  wcscpy(adapter->name, name);
  return adapter;
}

EXPORT adapter *WINAPI WintunCreateAdapter(LPCWSTR name, LPCWSTR type, const GUID *requested) {
  if (!type || wcslen(type) >= LONGEST_NAME) return failed(L"The tunnel type has no good length", ERROR_INVALID_PARAMETER);
  adapter *adapter = new_adapter(name);
  if (!adapter) return NULL;
  if (requested) {
    adapter->about.guid = *requested;
  } else {
    RtlGenRandom(&adapter->about.guid, sizeof adapter->about.guid);
  }
  adapter->about.luid = luid_for(name, &adapter->about.guid);
  wcscpy(adapter->about.type, type);
  // What a second one of the name or the GUID meets is not documented: it is refused.
  WCHAR object[256], guid[40];
  object_name(object, L"Adapter", name);
  adapter->named = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, sizeof(description), object);
  DWORD error = GetLastError();
  guid_text(guid, &adapter->about.guid);
  object_name(object, L"Guid", guid);
  adapter->identified = CreateMutexW(NULL, FALSE, object);
  if (!error) error = GetLastError();
  description *shared = error ? NULL : MapViewOfFile(adapter->named, FILE_MAP_WRITE, 0, 0, sizeof *shared);
  if (!shared) {
    if (!error) error = GetLastError();
    free_adapter(adapter);
    return failed(L"There is an adapter of this name or GUID, or its objects cannot be made", error);
  }
  *shared = adapter->about;
  UnmapViewOfFile(shared);
  report(LOG_INFO, L"Creating adapter %ls", name);
  return connect_adapter(adapter, TRUE);
}

EXPORT adapter *WINAPI WintunOpenAdapter(LPCWSTR name) {
  adapter *adapter = new_adapter(name);
  if (!adapter) return NULL;
  WCHAR object[256];
  object_name(object, L"Adapter", name);
  HANDLE mapping = OpenFileMappingW(FILE_MAP_READ, FALSE, object);
  description *shared = mapping ? MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, sizeof *shared) : NULL;
  if (shared) {
    adapter->about = *shared;
    UnmapViewOfFile(shared);
  }
  // The mapping is its creator's alone: with that one the name is gone.
  if (mapping) CloseHandle(mapping);
  if (!shared) {
    free_adapter(adapter);
    // Not documented which.
    return failed(L"There is no adapter of this name", ERROR_FILE_NOT_FOUND);
  }
  return connect_adapter(adapter, FALSE);
}

// With the lock held: whoever has a session sees the end, and the name may be taken anew.
static void remove_adapter(adapter *adapter) {
  adapter->removed = TRUE;
  terminate(adapter->session);
  if (adapter->named) CloseHandle(adapter->named);
  if (adapter->identified) CloseHandle(adapter->identified);
  adapter->named = adapter->identified = NULL;
}

EXPORT void WINAPI WintunCloseAdapter(adapter *adapter) {
  if (!adapter) return;
  EnterCriticalSection(&lock);
  remove_adapter(adapter);
  if (adapter->session) {
    report(LOG_WARNING, L"Adapter %ls is closed before its session", adapter->name);
    adapter->session->adapter = NULL;
    adapter->session = NULL;
  }
  LeaveCriticalSection(&lock);
  DWORD error = GetLastError();
  free_adapter(adapter);
  SetLastError(error);
}

EXPORT void WINAPI WintunGetAdapterLUID(adapter *adapter, NET_LUID *luid) { *luid = adapter->about.luid; }

EXPORT DWORD WINAPI WintunGetRunningDriverVersion(void) {
  HANDLE driver = OpenMutexW(SYNCHRONIZE, FALSE, OBJECT(L"Driver"));
  if (!driver) {
    SetLastError(ERROR_FILE_NOT_FOUND);
    return 0;
  }
  CloseHandle(driver);
  return DRIVER_VERSION;
}

EXPORT BOOL WINAPI WintunDeleteDriver(void) {
  if (WintunGetRunningDriverVersion() == 0) return TRUE;
  // Not documented which.
  failed(L"The driver is in use", ERROR_DEVICE_IN_USE);
  return FALSE;
}

// --- what comes from the test ---

static void on_frame(void *context, char letter, const BYTE *body, DWORD length) {
  adapter *adapter = context;
  EnterCriticalSection(&lock);
  session *session = adapter->session;
  switch (letter) {
    case 'P': deliver(session, body, length); break;
    case 'X':
      if (!session) break;
      ring_corrupt(session->incoming);
      SetEvent(session->readable);
      break;
    case 'W':
    case 'G':
      if (!session) break;
      session->held = letter == 'W';
      SetEvent(session->writable);
      break;
    case 'D':
    case 0:
      if (!adapter->removed) report(LOG_WARNING, L"Adapter %ls has disappeared", adapter->name);
      remove_adapter(adapter);
      break;
  }
  LeaveCriticalSection(&lock);
  if (letter != 0 && letter != 'P') wire_send(adapter->wire, letter, NULL, 0);
}
