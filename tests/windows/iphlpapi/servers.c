#include "helper.h"
#include <stdio.h>

// netioapi.h of the Windows SDK; MinGW's has not got it yet.
typedef struct {
  ULONG Version;
  ULONG64 Flags;
  PWSTR Domain, NameServer, SearchList;
  ULONG RegistrationEnabled, RegisterAdapterName, EnableLLMNR, QueryAdapterName;
  PWSTR ProfileNameServer;
} DNS_INTERFACE_SETTINGS;

enum { DNS_SETTING_IPV6 = 1, DNS_SETTING_NAMESERVER = 2, DNS_SETTING_SEARCHLIST = 4 };

static const char *word(BOOL counts, PWSTR text, char *result, int size) {
  if (!counts) return "*";
  if (!text || !*text) return "-";
  WideCharToMultiByte(CP_UTF8, 0, text, -1, result, size, NULL, NULL);
  return result;
}

DWORD WINAPI double_SetInterfaceDnsSettings(GUID guid, const DNS_INTERFACE_SETTINGS *settings) {
  char servers[400], search[400];
  if (settings->Version != 1) return ERROR_INVALID_PARAMETER;
  return ask(NULL, "servers {%08lX-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X} %c %s %s", guid.Data1, guid.Data2, guid.Data3, guid.Data4[0], guid.Data4[1], guid.Data4[2], guid.Data4[3], guid.Data4[4],
             guid.Data4[5], guid.Data4[6], guid.Data4[7], settings->Flags & DNS_SETTING_IPV6 ? '6' : '4', word((settings->Flags & DNS_SETTING_NAMESERVER) != 0, settings->NameServer, servers, sizeof servers),
             word((settings->Flags & DNS_SETTING_SEARCHLIST) != 0, settings->SearchList, search, sizeof search));
}
