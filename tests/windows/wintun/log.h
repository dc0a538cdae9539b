// What Wintun tells the logger that its user has set.
#pragma once
#include <winsock2.h>
#include <windows.h>

typedef enum { LOG_INFO, LOG_WARNING, LOG_ERROR } log_level;
// The timestamp is in 100 ns since 1601-01-01 UTC.
typedef void(CALLBACK *logger)(log_level level, DWORD64 timestamp, LPCWSTR message);

void set_logger(logger to);
// printf's format; the last error is as before.
void report(log_level level, const WCHAR *format, ...);
// Logs and leaves the error as the last one. Always NULL.
void *failed(const WCHAR *what, DWORD error);
