#include "helper.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct {
  ULONG number, mtu;
  GUID guid;
  BOOL is_up;
  WCHAR name[IF_MAX_STRING_SIZE + 1];
} link_about;

static BOOL read_guid(const char *text, GUID *guid) {
  unsigned long first;
  unsigned short second, third, rest[8];
  if (sscanf(text, "{%8lx-%4hx-%4hx-%2hx%2hx-%2hx%2hx%2hx%2hx%2hx%2hx}", &first, &second, &third, &rest[0], &rest[1], &rest[2], &rest[3], &rest[4], &rest[5], &rest[6], &rest[7]) != 11) return FALSE;
  guid->Data1 = first, guid->Data2 = second, guid->Data3 = third;
  for (int i = 0; i < 8; i++) guid->Data4[i] = (BYTE)rest[i];
  return TRUE;
}

// The link with a number, or with a GUID where that is not NULL.
static DWORD find(ULONG number, const GUID *guid, link_about *link) {
  char *rows;
  DWORD error = ask(&rows, "links");
  BOOL found = FALSE;
  if (error) return error;
  for (char *rest = rows, *line; !found && (line = next_line(&rest));) {
    link->number = strtoul(next_word(&line), NULL, 10);
    NET_LUID luid = luid_of(link->number);
    if (!read_guid(next_word(&line), &link->guid)) ConvertInterfaceLuidToGuid(&luid, &link->guid);
    link->is_up = *next_word(&line) == '1';
    link->mtu = strtoul(next_word(&line), NULL, 10);
    MultiByteToWideChar(CP_UTF8, 0, next_word(&line), -1, link->name, IF_MAX_STRING_SIZE + 1);
    found = guid ? IsEqualGUID(guid, &link->guid) : number == link->number;
  }
  free(rows);
  return found ? NO_ERROR : ERROR_NOT_FOUND;
}

DWORD WINAPI double_ConvertInterfaceGuidToLuid(const GUID *guid, NET_LUID *luid) {
  link_about link;
  if (find(0, guid, &link)) return ERROR_INVALID_PARAMETER;
  *luid = luid_of(link.number);
  return NO_ERROR;
}

DWORD WINAPI double_ConvertInterfaceLuidToGuid(const NET_LUID *luid, GUID *guid) {
  link_about link;
  if (find(number_of(luid, 0), NULL, &link)) return ERROR_INVALID_PARAMETER;
  *guid = link.guid;
  return NO_ERROR;
}

DWORD WINAPI double_ConvertInterfaceLuidToAlias(const NET_LUID *luid, WCHAR *alias, SIZE_T length) {
  link_about link;
  if (find(number_of(luid, 0), NULL, &link)) return ERROR_INVALID_PARAMETER;
  if (wcslen(link.name) >= length) return ERROR_NOT_ENOUGH_MEMORY;
  wcscpy(alias, link.name);
  return NO_ERROR;
}

DWORD WINAPI double_GetIfEntry2(MIB_IF_ROW2 *row) {
  link_about link;
  ULONG number = number_of(&row->InterfaceLuid, row->InterfaceIndex);
  DWORD error = number ? find(number, NULL, &link) : ERROR_FILE_NOT_FOUND;
  if (error) return error == ERROR_NOT_FOUND ? ERROR_FILE_NOT_FOUND : error;
  ZeroMemory(row, sizeof *row);
  row->InterfaceIndex = number;
  row->InterfaceLuid = luid_of(number);
  row->InterfaceGuid = link.guid;
  row->Type = row->InterfaceLuid.Info.IfType;
  row->Mtu = link.mtu;
  row->OperStatus = link.is_up ? IfOperStatusUp : IfOperStatusDown;
  row->AdminStatus = NET_IF_ADMIN_STATUS_UP;
  wcscpy(row->Alias, link.name);
  wcscpy(row->Description, link.name);
  return NO_ERROR;
}

void WINAPI double_InitializeIpInterfaceEntry(MIB_IPINTERFACE_ROW *row) {
  ZeroMemory(row, sizeof *row);
  row->RouterDiscoveryBehavior = RouterDiscoveryUnchanged;
  row->LinkLocalAddressBehavior = LinkLocalUnchanged;
}

static ULONG family_digit(const MIB_IPINTERFACE_ROW *row) { return row->Family == AF_INET ? 4 : row->Family == AF_INET6 ? 6 : 0; }

DWORD WINAPI double_GetIpInterfaceEntry(MIB_IPINTERFACE_ROW *row) {
  char *rows;
  ULONG number = number_of(&row->InterfaceLuid, row->InterfaceIndex), family = family_digit(row);
  if (family == 0) return ERROR_INVALID_PARAMETER;
  DWORD error = number ? ask(&rows, "interface get %lu %lu", number, family) : ERROR_NOT_FOUND;
  if (error) return error;
  ADDRESS_FAMILY which = row->Family;
  ZeroMemory(row, sizeof *row);
  char *line = rows;
  row->Family = which;
  row->InterfaceIndex = number;
  row->InterfaceLuid = luid_of(number);
  row->NlMtu = strtoul(next_word(&line), NULL, 10);
  row->Metric = strtoul(next_word(&line), NULL, 10);
  row->UseAutomaticMetric = *next_word(&line) == '1';
  row->DadTransmits = strtoul(next_word(&line), NULL, 10);
  row->RouterDiscoveryBehavior = (NL_ROUTER_DISCOVERY_BEHAVIOR)strtoul(next_word(&line), NULL, 10);
  row->ManagedAddressConfigurationSupported = *next_word(&line) == '1';
  // What Windows gives here for both, and takes for IPv6 only.
  row->SitePrefixLength = 64;
  row->Connected = TRUE;
  free(rows);
  return NO_ERROR;
}

DWORD WINAPI double_SetIpInterfaceEntry(MIB_IPINTERFACE_ROW *row) {
  ULONG number = number_of(&row->InterfaceLuid, row->InterfaceIndex), family = family_digit(row);
  if (number == 0) return ERROR_NOT_FOUND;
  if (family == 0 || (family == 4 && row->SitePrefixLength != 0) || row->SitePrefixLength > 128) return ERROR_INVALID_PARAMETER;
  return ask(NULL, "interface set %lu %lu %lu %lu %d %lu %d %d", number, family, row->NlMtu, row->Metric, row->UseAutomaticMetric != 0, row->DadTransmits, (int)row->RouterDiscoveryBehavior,
             row->ManagedAddressConfigurationSupported != 0);
}
