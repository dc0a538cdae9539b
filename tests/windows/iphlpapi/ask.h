// The wire between the IP helper of a program and the test that plays its network: a TCP connection to the address in PFSVPN_TEST_NETWORK ("127.0.0.1:PORT") for each question.
//
// A question is a line of words, the answer is a line with the error code, and lines of words. Interfaces are numbers, addresses and GUIDs are text.
//
//   links                                          for each: number, GUID or -, 1 where it is up, MTU, name
//   addresses                                      for each: number, address, prefix length
//   address add|delete NUMBER ADDRESS LENGTH
//   routes                                         for each: number, destination, prefix length, next hop, metric
//   route add|delete NUMBER DESTINATION LENGTH HOP METRIC
//   interface get NUMBER 4|6                       one: MTU, metric, 1 where that is automatic, DAD transmits, router discovery, managed
//   interface set NUMBER 4|6 and the same
//   servers GUID 4|6 SERVERS SEARCH                with commas between; - for none; * for what is to stay
//   watch interfaces|routes|addresses              lines follow as long as the connection lasts: number, and 0 changed, 1 added or 2 deleted
#pragma once
#include <winsock2.h>
#include <windows.h>

// The error code; *rows is what came behind it, to be freed, or NULL where rows is NULL or nothing came.
DWORD ask(char **rows, const char *format, ...);
// A connection on which answers come one by one; INVALID_SOCKET where nobody answers.
SOCKET ask_open(const char *question);
// Reads one line without its end; FALSE when the connection has ended.
BOOL ask_line(SOCKET socket, char *line, int size);
