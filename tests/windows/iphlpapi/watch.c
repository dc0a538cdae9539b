#include "helper.h"
#include <stdlib.h>

typedef void (*tell)(void *callback, void *context, ULONG number, USHORT family, MIB_NOTIFICATION_TYPE type);

typedef struct {
  SOCKET socket;
  HANDLE thread;
  void *callback, *context;
  USHORT family;
  tell tell;
} watch;

static void tell_interface(void *callback, void *context, ULONG number, USHORT family, MIB_NOTIFICATION_TYPE type) {
  MIB_IPINTERFACE_ROW row = {.Family = family, .InterfaceIndex = number, .InterfaceLuid = luid_of(number)};
  ((PIPINTERFACE_CHANGE_CALLBACK)callback)(context, type == MibInitialNotification ? NULL : &row, type);
}

static void tell_route(void *callback, void *context, ULONG number, USHORT family, MIB_NOTIFICATION_TYPE type) {
  MIB_IPFORWARD_ROW2 row = {.InterfaceIndex = number, .InterfaceLuid = luid_of(number), .DestinationPrefix.Prefix.si_family = family};
  ((PIPFORWARD_CHANGE_CALLBACK)callback)(context, type == MibInitialNotification ? NULL : &row, type);
}

static void tell_address(void *callback, void *context, ULONG number, USHORT family, MIB_NOTIFICATION_TYPE type) {
  MIB_UNICASTIPADDRESS_ROW row = {.InterfaceIndex = number, .InterfaceLuid = luid_of(number), .Address.si_family = family};
  ((PUNICAST_IPADDRESS_CHANGE_CALLBACK)callback)(context, type == MibInitialNotification ? NULL : &row, type);
}

// Each change is told for both families where both are watched, as Windows does for interfaces.
static DWORD WINAPI read_changes(void *argument) {
  watch *watch = argument;
  char line[64];
  while (ask_line(watch->socket, line, sizeof line)) {
    char *rest = line;
    ULONG number = strtoul(next_word(&rest), NULL, 10);
    MIB_NOTIFICATION_TYPE type = (MIB_NOTIFICATION_TYPE)strtoul(next_word(&rest), NULL, 10);
    if (watch->family != AF_INET6) watch->tell(watch->callback, watch->context, number, AF_INET, type);
    if (watch->family != AF_INET) watch->tell(watch->callback, watch->context, number, AF_INET6, type);
  }
  return 0;
}

static DWORD begin(const char *question, tell tell, USHORT family, void *callback, void *context, BOOLEAN initial, HANDLE *handle) {
  char code[16];
  SOCKET socket = ask_open(question);
  if (socket == INVALID_SOCKET) return ERROR_NOT_SUPPORTED;
  watch *result = calloc(1, sizeof *result);
  *result = (watch){.socket = socket, .callback = callback, .context = context, .family = family, .tell = tell};
  *handle = result;
  // Its first line says that changes from now on are told.
  if (!ask_line(socket, code, sizeof code)) return ERROR_GEN_FAILURE;
  if (initial) tell(callback, context, 0, AF_UNSPEC, MibInitialNotification);
  result->thread = CreateThread(NULL, 0, read_changes, result, 0, NULL);
  return result->thread ? NO_ERROR : GetLastError();
}

DWORD WINAPI double_NotifyIpInterfaceChange(ADDRESS_FAMILY family, PIPINTERFACE_CHANGE_CALLBACK callback, void *context, BOOLEAN initial, HANDLE *handle) {
  return begin("watch interfaces", tell_interface, family, (void *)callback, context, initial, handle);
}

DWORD WINAPI double_NotifyRouteChange2(ADDRESS_FAMILY family, PIPFORWARD_CHANGE_CALLBACK callback, void *context, BOOLEAN initial, HANDLE *handle) {
  return begin("watch routes", tell_route, family, (void *)callback, context, initial, handle);
}

DWORD WINAPI double_NotifyUnicastIpAddressChange(ADDRESS_FAMILY family, PUNICAST_IPADDRESS_CHANGE_CALLBACK callback, void *context, BOOLEAN initial, HANDLE *handle) {
  return begin("watch addresses", tell_address, family, (void *)callback, context, initial, handle);
}

// Returns when the last call has.
DWORD WINAPI double_CancelMibChangeNotify2(HANDLE handle) {
  watch *watch = handle;
  if (!watch) return NO_ERROR;
  shutdown(watch->socket, SD_BOTH);
  do CancelIoEx((HANDLE)watch->socket, NULL);
  while (watch->thread && WaitForSingleObject(watch->thread, 5) == WAIT_TIMEOUT);
  closesocket(watch->socket);
  if (watch->thread) CloseHandle(watch->thread);
  free(watch);
  return NO_ERROR;
}
