#include "helper.h"
#include <stdio.h>
#include <stdlib.h>

char *next_word(char **line) {
  char *word = *line + strspn(*line, " ");
  if (!*word) return NULL;
  char *end = word + strcspn(word, " ");
  *line = *end ? end + 1 : end;
  *end = 0;
  return word;
}

char *next_line(char **rows) {
  char *line = *rows;
  if (!line || !*line) return NULL;
  char *end = line + strcspn(line, "\n");
  *rows = *end ? end + 1 : end;
  *end = 0;
  return line;
}

ULONG number_of(const NET_LUID *luid, NET_IFINDEX index) {
  NET_IFINDEX found;
  return luid->Value == 0 ? index : ConvertInterfaceLuidToIndex(luid, &found) == NO_ERROR ? found : 0;
}

NET_LUID luid_of(ULONG number) {
  NET_LUID luid;
  if (ConvertInterfaceIndexToLuid(number, &luid) != NO_ERROR) luid.Value = 0;
  return luid;
}

BOOL read_address(const char *text, SOCKADDR_INET *address) {
  ZeroMemory(address, sizeof *address);
  address->si_family = strchr(text, ':') ? AF_INET6 : AF_INET;
  return InetPtonA(address->si_family, text, address->si_family == AF_INET ? (void *)&address->Ipv4.sin_addr : (void *)&address->Ipv6.sin6_addr) == 1;
}

const char *write_address(const SOCKADDR_INET *address, char text[64]) {
  const void *bytes = address->si_family == AF_INET ? (const void *)&address->Ipv4.sin_addr : (const void *)&address->Ipv6.sin6_addr;
  return InetNtopA(address->si_family, (void *)bytes, text, 64) ? text : "-";
}

void WINAPI double_InitializeUnicastIpAddressEntry(MIB_UNICASTIPADDRESS_ROW *row) {
  ZeroMemory(row, sizeof *row);
  row->PrefixOrigin = IpPrefixOriginUnchanged;
  row->SuffixOrigin = IpSuffixOriginUnchanged;
  row->OnLinkPrefixLength = 255;
  row->ValidLifetime = row->PreferredLifetime = 0xFFFFFFFF;
  row->DadState = IpDadStateTentative;
}

void WINAPI double_InitializeIpForwardEntry(MIB_IPFORWARD_ROW2 *row) {
  ZeroMemory(row, sizeof *row);
  row->ValidLifetime = row->PreferredLifetime = 0xFFFFFFFF;
  row->Metric = 0xFFFFFFFF;
  row->Protocol = MIB_IPPROTO_NETMGMT;
}

// Tables are a count, which the alignment of the rows follows. Wine's FreeMibTable frees them from this heap.
static DWORD make_table(void **table, size_t row_size, size_t first_row, char *rows, USHORT family, BOOL (*fill)(char *line, void *row, USHORT family)) {
  ULONG count = 0, room = 1;
  for (char *at = rows; at && *at; at++) room += *at == '\n';
  BYTE *result = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, first_row + room * row_size);
  for (char *rest = rows, *line; (line = next_line(&rest));)
    if (fill(line, result + first_row + count * row_size, family)) count++;
  *(ULONG *)result = count;
  *table = result;
  free(rows);
  return NO_ERROR;
}

static BOOL fill_address(char *line, void *target, USHORT family) {
  MIB_UNICASTIPADDRESS_ROW *row = target;
  double_InitializeUnicastIpAddressEntry(row);
  row->InterfaceIndex = strtoul(next_word(&line), NULL, 10);
  row->InterfaceLuid = luid_of(row->InterfaceIndex);
  if (!read_address(next_word(&line), &row->Address)) return FALSE;
  row->OnLinkPrefixLength = (UINT8)strtoul(next_word(&line), NULL, 10);
  row->DadState = IpDadStatePreferred;
  return family == AF_UNSPEC || row->Address.si_family == family;
}

static BOOL fill_route(char *line, void *target, USHORT family) {
  MIB_IPFORWARD_ROW2 *row = target;
  double_InitializeIpForwardEntry(row);
  row->InterfaceIndex = strtoul(next_word(&line), NULL, 10);
  row->InterfaceLuid = luid_of(row->InterfaceIndex);
  if (!read_address(next_word(&line), &row->DestinationPrefix.Prefix)) return FALSE;
  row->DestinationPrefix.PrefixLength = (UINT8)strtoul(next_word(&line), NULL, 10);
  if (!read_address(next_word(&line), &row->NextHop)) return FALSE;
  row->Metric = strtoul(next_word(&line), NULL, 10);
  return family == AF_UNSPEC || row->DestinationPrefix.Prefix.si_family == family;
}

DWORD WINAPI double_GetUnicastIpAddressTable(ADDRESS_FAMILY family, MIB_UNICASTIPADDRESS_TABLE **table) {
  char *rows;
  DWORD error = ask(&rows, "addresses");
  return error ? error : make_table((void **)table, sizeof(MIB_UNICASTIPADDRESS_ROW), offsetof(MIB_UNICASTIPADDRESS_TABLE, Table), rows, family, fill_address);
}

DWORD WINAPI double_GetIpForwardTable2(ADDRESS_FAMILY family, MIB_IPFORWARD_TABLE2 **table) {
  char *rows;
  DWORD error = ask(&rows, "routes");
  return error ? error : make_table((void **)table, sizeof(MIB_IPFORWARD_ROW2), offsetof(MIB_IPFORWARD_TABLE2, Table), rows, family, fill_route);
}

// Windows takes a row as Initialize made it, or one whose lifetimes and origins were set: what is neither is refused here.
static DWORD change_address(const char *verb, const MIB_UNICASTIPADDRESS_ROW *row, BOOL is_new) {
  char text[64];
  ULONG number = number_of(&row->InterfaceLuid, row->InterfaceIndex), most = row->Address.si_family == AF_INET ? 32 : 128;
  if (number == 0) return ERROR_NOT_FOUND;
  if (row->Address.si_family != AF_INET && row->Address.si_family != AF_INET6) return ERROR_INVALID_PARAMETER;
  if (is_new && (row->OnLinkPrefixLength > most || row->PreferredLifetime > row->ValidLifetime || row->ValidLifetime == 0)) return ERROR_INVALID_PARAMETER;
  return ask(NULL, "address %s %lu %s %u", verb, number, write_address(&row->Address, text), row->OnLinkPrefixLength);
}

DWORD WINAPI double_CreateUnicastIpAddressEntry(const MIB_UNICASTIPADDRESS_ROW *row) { return change_address("add", row, TRUE); }

DWORD WINAPI double_DeleteUnicastIpAddressEntry(const MIB_UNICASTIPADDRESS_ROW *row) { return change_address("delete", row, FALSE); }

static DWORD change_route(const char *verb, const MIB_IPFORWARD_ROW2 *row) {
  char destination[64], hop[64];
  const IP_ADDRESS_PREFIX *prefix = &row->DestinationPrefix;
  ULONG number = number_of(&row->InterfaceLuid, row->InterfaceIndex);
  if (number == 0) return ERROR_NOT_FOUND;
  if (prefix->Prefix.si_family != row->NextHop.si_family || prefix->PrefixLength > (prefix->Prefix.si_family == AF_INET ? 32 : 128)) return ERROR_INVALID_PARAMETER;
  return ask(NULL, "route %s %lu %s %u %s %lu", verb, number, write_address(&prefix->Prefix, destination), prefix->PrefixLength, write_address(&row->NextHop, hop), row->Metric);
}

DWORD WINAPI double_CreateIpForwardEntry2(const MIB_IPFORWARD_ROW2 *row) { return change_route("add", row); }

DWORD WINAPI double_DeleteIpForwardEntry2(const MIB_IPFORWARD_ROW2 *row) { return change_route("delete", row); }
