// The IP helper of the tests: what Wine has not got, with the headers' own structures. What is not here is Wine's.
#pragma once
#include <winsock2.h>
#include <ws2ipdef.h>
#include <iphlpapi.h>
#include <netioapi.h>
#include <ws2tcpip.h>

#include "ask.h"

// Words of a line, one after the other; NULL behind the last.
char *next_word(char **line);
// Lines of an answer, one after the other; NULL behind the last.
char *next_line(char **rows);

// Wine's number and LUID of an interface; 0 where there is none.
ULONG number_of(const NET_LUID *luid, NET_IFINDEX index);
NET_LUID luid_of(ULONG number);

BOOL read_address(const char *text, SOCKADDR_INET *address);
const char *write_address(const SOCKADDR_INET *address, char text[64]);
