#include "ask.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <ws2tcpip.h>

SOCKET ask_open(const char *question) {
  char text[64];
  struct sockaddr_in address = {.sin_family = AF_INET};
  WSADATA data;
  DWORD length = GetEnvironmentVariableA("PFSVPN_TEST_NETWORK", text, sizeof text);
  char *colon = length > 0 && length < sizeof text ? strrchr(text, ':') : NULL;
  if (!colon || WSAStartup(MAKEWORD(2, 2), &data)) return INVALID_SOCKET;
  *colon = 0;
  address.sin_port = htons((u_short)strtoul(colon + 1, NULL, 10));
  SOCKET result = WSASocketW(AF_INET, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  if (result == INVALID_SOCKET) return result;
  if (InetPtonA(AF_INET, text, &address.sin_addr) == 1 && connect(result, (struct sockaddr *)&address, sizeof address) == 0 &&
      send(result, question, (int)strlen(question), 0) > 0 && send(result, "\n", 1, 0) == 1)
    return result;
  closesocket(result);
  return INVALID_SOCKET;
}

BOOL ask_line(SOCKET socket, char *line, int size) {
  for (int filled = 0; filled < size; filled++) {
    if (recv(socket, line + filled, 1, 0) != 1) return FALSE;
    if (line[filled] != '\n') continue;
    line[filled] = 0;
    return TRUE;
  }
  return FALSE;
}

DWORD ask(char **rows, const char *format, ...) {
  char question[1024], code[16];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(question, sizeof question, format, arguments);
  va_end(arguments);
  if (rows) *rows = NULL;
  SOCKET socket = ask_open(question);
  if (socket == INVALID_SOCKET) return ERROR_NOT_SUPPORTED;
  DWORD error = ask_line(socket, code, sizeof code) ? strtoul(code, NULL, 10) : ERROR_GEN_FAILURE;
  if (rows && error == NO_ERROR) {
    size_t filled = 0, room = 65536;
    char *text = malloc(room);
    for (int received; (received = recv(socket, text + filled, (int)(room - filled - 1), 0)) > 0;) {
      filled += (size_t)received;
      if (room - filled < 4096) text = realloc(text, room *= 2);
    }
    text[filled] = 0;
    *rows = text;
  }
  closesocket(socket);
  return error;
}
