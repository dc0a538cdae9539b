#include "log.h"
#include <stdio.h>

static logger volatile current;

void set_logger(logger to) { current = to; }

void report(log_level level, const WCHAR *format, ...) {
  logger to = current;
  if (!to) return;
  // Who reports a failure returns it after this.
  DWORD error = GetLastError();
  WCHAR text[512];
  va_list arguments;
  va_start(arguments, format);
  _vsnwprintf(text, 511, format, arguments);
  va_end(arguments);
  text[511] = 0;
  FILETIME now;
  GetSystemTimePreciseAsFileTime(&now);
  to(level, ((DWORD64)now.dwHighDateTime << 32) | now.dwLowDateTime, text);
  SetLastError(error);
}

void *failed(const WCHAR *what, DWORD error) {
  SetLastError(error);
  report(LOG_ERROR, L"%ls (Code 0x%08lX)", what, error);
  return NULL;
}
