// Checks wintun.dll against Wintun's contract, playing the test at the other end of its wire. Prints a line for each check; exits with the number of those that failed.
#include <winsock2.h>
#include <windows.h>
#include <stdio.h>

typedef void *handle;
static handle(WINAPI *create_adapter)(LPCWSTR, LPCWSTR, const GUID *);
static handle(WINAPI *open_adapter)(LPCWSTR);
static void(WINAPI *close_adapter)(handle);
static BOOL(WINAPI *delete_driver)(void);
static void(WINAPI *get_luid)(handle, ULONG64 *);
static DWORD(WINAPI *driver_version)(void);
static void(WINAPI *set_logger)(void(CALLBACK *)(int, DWORD64, LPCWSTR));
static handle(WINAPI *start_session)(handle, DWORD);
static void(WINAPI *end_session)(handle);
static HANDLE(WINAPI *read_wait_event)(handle);
static BYTE *(WINAPI *receive)(handle, DWORD *);
static void(WINAPI *release)(handle, const BYTE *);
static BYTE *(WINAPI *allocate)(handle, DWORD);
static void(WINAPI *send_packet)(handle, const BYTE *);

static int failures;
static const GUID guid = {0x12345678, 0x9ABC, 0xDEF0, {1, 2, 3, 4, 5, 6, 7, 8}};

static void check(BOOL good, const char *what) {
  printf("%s %s\n", good ? "ok  " : "FAIL", what);
  fflush(stdout);
  failures += !good;
}

static BOOL load(void) {
  HMODULE dll = LoadLibraryExW(L"wintun.dll", NULL, LOAD_LIBRARY_SEARCH_APPLICATION_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (!dll) return FALSE;
#define GET(variable, name) ((variable = (void *)GetProcAddress(dll, name)) != NULL)
  return GET(create_adapter, "WintunCreateAdapter") && GET(open_adapter, "WintunOpenAdapter") && GET(close_adapter, "WintunCloseAdapter") &&
         GET(delete_driver, "WintunDeleteDriver") && GET(get_luid, "WintunGetAdapterLUID") && GET(driver_version, "WintunGetRunningDriverVersion") &&
         GET(set_logger, "WintunSetLogger") && GET(start_session, "WintunStartSession") && GET(end_session, "WintunEndSession") &&
         GET(read_wait_event, "WintunGetReadWaitEvent") && GET(receive, "WintunReceivePacket") && GET(release, "WintunReleaseReceivePacket") &&
         GET(allocate, "WintunAllocateSendPacket") && GET(send_packet, "WintunSendPacket");
}

// --- the test's end of the wire ---

static SOCKET listener, peer;

static void listen_for_adapters(void) {
  WSADATA data;
  WSAStartup(MAKEWORD(2, 2), &data);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int length = sizeof address;
  listener = socket(AF_INET, SOCK_STREAM, 0);
  bind(listener, (struct sockaddr *)&address, length);
  listen(listener, 8);
  getsockname(listener, (struct sockaddr *)&address, &length);
  char text[40];
  snprintf(text, sizeof text, "127.0.0.1:%u", ntohs(address.sin_port));
  SetEnvironmentVariableA("PFSVPN_TEST_WINTUN", text);
}

static BOOL read_fully(void *buffer, int length) {
  for (int at = 0; at < length;) {
    int n = recv(peer, (char *)buffer + at, length - at, 0);
    if (n <= 0) return FALSE;
    at += n;
  }
  return TRUE;
}

static BYTE body[0x10000];
static DWORD body_length;

// The letter of the next frame, 0 at the end or after five seconds.
static char next_frame(void) {
  DWORD limit = 5000;
  setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, (const char *)&limit, sizeof limit);
  BYTE header[5];
  if (!read_fully(header, 5)) return 0;
  memcpy(&body_length, header, 4);
  if (body_length > sizeof body || !read_fully(body, (int)body_length)) return 0;
  return (char)header[4];
}

static void put_frame(char letter, const void *data, DWORD length) {
  static BYTE frame[0x10010];
  memcpy(frame, &length, 4);
  frame[4] = (BYTE)letter;
  if (length) memcpy(frame + 5, data, length);
  send(peer, (const char *)frame, (int)length + 5, 0);
}

// A packet of that length whose number is in bytes 4 to 7.
static void put_packet(DWORD number, DWORD length) {
  static BYTE packet[0x10000];
  packet[0] = 0x45;
  memcpy(packet + 4, &number, 4);
  put_frame('P', packet, length);
}

static DWORD number_of(const BYTE *packet) {
  DWORD number;
  memcpy(&number, packet + 4, 4);
  return number;
}

// Commands are answered in order, and so all packets before one have arrived with its answer.
static void command(char letter) {
  put_frame(letter, NULL, 0);
  check(next_frame() == letter, "a command is answered");
}

static handle adapter_with_wire(const WCHAR *name) {
  handle adapter = create_adapter(name, L"PfsVpn", &guid);
  peer = accept(listener, NULL, NULL);
  check(adapter && next_frame() == 'H', "an adapter greets the test");
  return adapter;
}

static handle session_on(handle adapter, DWORD capacity) {
  handle session = start_session(adapter, capacity);
  check(session && next_frame() == 'S', "a session is started, and the test is told");
  return session;
}

static void end_and_close(handle session, handle adapter, const char *dropped) {
  end_session(session);
  char letter;
  while ((letter = next_frame()) == 'P') {}
  check(letter == 'E' && body_length == strlen(dropped) && memcmp(body, dropped, body_length) == 0, "the end tells how many packets had no room");
  close_adapter(adapter);
  check(next_frame() == 0, "a closed adapter closes its wire");
  closesocket(peer);
}

static BYTE *receive_now(handle session, DWORD *error, DWORD *size) {
  SetLastError(0);
  BYTE *packet = receive(session, size);
  *error = GetLastError();
  return packet;
}

static BOOL fails(const void *result, DWORD error) { return !result && GetLastError() == error; }

// --- the checks ---

static int logged[3];
static DWORD64 last_timestamp;
static void CALLBACK on_log(int level, DWORD64 timestamp, LPCWSTR message) {
  if (level >= 0 && level <= 2 && message[0]) logged[level]++;
  last_timestamp = timestamp;
  SetLastError(4711);
}

static void adapters(void) {
  check(driver_version() == 0 && GetLastError() == ERROR_FILE_NOT_FOUND, "no adapter, no driver");
  check(delete_driver(), "a driver that is not there is deleted");
  check(fails(open_adapter(L"wg0"), ERROR_FILE_NOT_FOUND), "an adapter that is not there cannot be opened");
  check(fails(create_adapter(L"", L"PfsVpn", NULL), ERROR_INVALID_PARAMETER), "an adapter wants a name");
  handle adapter = create_adapter(L"wg0", L"PfsVpn", &guid);
  check(adapter != NULL, "without an address an adapter has no wire");
  check(driver_version() == 14, "the driver is 0.14");
  check(!delete_driver(), "a driver in use is not deleted");
  ULONG64 luid = 0, other = 0;
  get_luid(adapter, &luid);
  check(luid >> 48 == 53, "its LUID is of a virtual interface");
  check(fails(create_adapter(L"wg0", L"PfsVpn", NULL), ERROR_ALREADY_EXISTS), "a name is given once");
  check(fails(create_adapter(L"wg1", L"PfsVpn", &guid), ERROR_ALREADY_EXISTS), "a GUID is given once");
  handle opened = open_adapter(L"wg0");
  get_luid(opened, &other);
  check(opened && luid == other, "an opened adapter is the same one");
  handle session = start_session(adapter, 0x20000);
  check(session != NULL, "the smallest ring");
  check(fails(start_session(opened, 0x20000), ERROR_ALREADY_INITIALIZED), "one session at a time");
  end_session(session);
  session = start_session(opened, 0x4000000);
  check(session != NULL, "the largest ring");
  end_session(session);
  DWORD wrong[] = {0, 0x10000, 0x8000000, 0x20001, 0x30000};
  for (int i = 0; i < 5; i++) check(fails(start_session(adapter, wrong[i]), ERROR_INVALID_PARAMETER), "a ring of another size is refused");
  close_adapter(opened);
  close_adapter(adapter);
  close_adapter(NULL);
  check(driver_version() == 0, "with the last adapter the driver goes");
}

static void logging(void) {
  set_logger(on_log);
  check(fails(create_adapter(L"", L"PfsVpn", NULL), ERROR_INVALID_PARAMETER) && logged[2] == 1, "a failure is logged, and the logger does not disturb its error");
  handle adapter = create_adapter(L"wg0", L"PfsVpn", NULL);
  FILETIME now;
  GetSystemTimeAsFileTime(&now);
  LONG64 difference = (LONG64)((((DWORD64)now.dwHighDateTime << 32) | now.dwLowDateTime) - last_timestamp);
  check(logged[0] == 1 && difference > -10000000 && difference < 10000000, "a creation is logged, with the time");
  close_adapter(adapter);
  set_logger(NULL);
  create_adapter(L"", L"PfsVpn", NULL);
  check(logged[2] == 1, "no logger, no log");
}

static void receiving(void) {
  handle adapter = adapter_with_wire(L"empf\u00e4nger");
  check(strstr((char *)body, "name=empf\xc3\xa4nger\n") && strstr((char *)body, "guid={12345678-9ABC-DEF0-0102-030405060708}\n"), "the greeting tells name and GUID");
  put_packet(99, 40); // before the session: lost
  command('G');
  handle session = session_on(adapter, 0x20000);
  HANDLE event = read_wait_event(session);
  DWORD error, size = 0;
  check(!receive_now(session, &error, &size) && error == ERROR_NO_MORE_ITEMS, "an empty ring has no more items");
  check(WaitForSingleObject(event, 0) == WAIT_TIMEOUT, "and its event is not set");
  put_packet(1, 40);
  check(WaitForSingleObject(event, 5000) == WAIT_OBJECT_0, "a packet sets the event");
  check(WaitForSingleObject(event, 0) == WAIT_TIMEOUT, "the event resets itself");
  put_packet(2, 41);
  put_packet(3, 0xFFFF);
  command('G');
  BYTE *packets[3];
  DWORD sizes[3];
  for (int i = 0; i < 3; i++) packets[i] = receive(session, &sizes[i]);
  check(packets[2] && number_of(packets[0]) == 1 && number_of(packets[1]) == 2 && number_of(packets[2]) == 3, "packets come in order, none of before the session");
  check(sizes[0] == 40 && sizes[1] == 41 && sizes[2] == 0xFFFF, "with their sizes, up to the largest");
  check(((ULONG_PTR)packets[0] & 3) == 0 && ((ULONG_PTR)packets[1] & 3) == 0 && ((ULONG_PTR)packets[2] & 3) == 0, "aligned to four");
  packets[0][0] = packets[0][39] = 0;
  release(session, packets[2]);
  release(session, packets[1]);
  // 128 KiB less what one packet holds: a second one of the largest size fits only when the first is released.
  put_packet(4, 0xFFFF);
  put_packet(5, 0xFFFF);
  command('G');
  check(receive_now(session, &error, &size) == NULL && error == ERROR_NO_MORE_ITEMS, "later ones released make no room");
  release(session, packets[0]);
  put_packet(6, 0xFFFF);
  put_packet(7, 0xFFFF);
  command('G');
  BYTE *packet = receive_now(session, &error, &size);
  check(packet && number_of(packet) == 6 && size == 0xFFFF, "the first one released makes room for all");
  release(session, packet);
  end_and_close(session, adapter, "3");
}

static void sending(void) {
  handle adapter = adapter_with_wire(L"wg0");
  handle session = session_on(adapter, 0x20000);
  BYTE *first = allocate(session, 40), *second = allocate(session, 41), *third = allocate(session, 0xFFFF);
  check(first && second && third, "three packets allocated");
  check(fails(allocate(session, 0xFFFF), ERROR_BUFFER_OVERFLOW), "a full ring overflows");
  check(fails(allocate(session, 0x10000), ERROR_INVALID_PARAMETER), "beyond the largest packet");
  first[0] = second[0] = third[0] = 0x60;
  first[39] = 1, second[40] = 2, third[0xFFFE] = 3;
  send_packet(session, third);
  send_packet(session, first);
  check(next_frame() == 'P' && body_length == 40 && body[39] == 1, "sent in the order of allocation: the first");
  send_packet(session, second);
  check(next_frame() == 'P' && body_length == 41 && body[40] == 2, "the second");
  check(next_frame() == 'P' && body_length == 0xFFFF && body[0xFFFE] == 3, "the third, sent first of all");
  BYTE *wrong = allocate(session, 20);
  memset(wrong, 0, 20);
  send_packet(session, wrong);
  check(next_frame() == 'B' && body_length == 20, "what is no IP packet is told apart");
  command('W');
  int fitted = 0;
  for (BYTE *packet; (packet = allocate(session, 1000)) != NULL; fitted++) {
    packet[0] = 0x45;
    send_packet(session, packet);
  }
  check(fitted == 0x20000 / 1004 && GetLastError() == ERROR_BUFFER_OVERFLOW, "held packets fill the ring");
  put_frame('G', NULL, 0);
  int came = 0, answered = 0;
  for (char letter; came + answered <= fitted && (letter = next_frame()) != 0;) came += letter == 'P', answered += letter == 'G';
  check(came == fitted && answered == 1, "and come when they go on");
  end_and_close(session, adapter, "0");
}

static void ends(void) {
  DWORD error, size;
  handle adapter = adapter_with_wire(L"wg0");
  handle session = session_on(adapter, 0x20000);
  command('X');
  check(!receive_now(session, &error, &size) && error == ERROR_INVALID_DATA, "a corrupt ring says so");
  end_session(session);
  check(next_frame() == 'E', "a session ends");
  session = session_on(adapter, 0x20000);
  put_packet(1, 40);
  put_frame('D', NULL, 0);
  check(next_frame() == 'D', "an adapter disappears");
  check(WaitForSingleObject(read_wait_event(session), 1000) == WAIT_OBJECT_0, "the event tells of it");
  check(!receive_now(session, &error, &size) && error == ERROR_HANDLE_EOF, "nothing is received from it");
  check(fails(allocate(session, 40), ERROR_HANDLE_EOF), "nothing is sent to it");
  SOCKET old = peer;
  handle again = adapter_with_wire(L"wg0");
  check(again != NULL, "its name and GUID are free");
  close_adapter(again);
  closesocket(peer);
  peer = old;
  end_and_close(session, adapter, "0");

  adapter = adapter_with_wire(L"wg0");
  session = session_on(adapter, 0x20000);
  close_adapter(adapter);
  check(!receive_now(session, &error, &size) && error == ERROR_HANDLE_EOF, "a session outlives its adapter, and receives nothing");
  end_session(session);
  closesocket(peer);
}

#define MANY 8000
static volatile LONG received, sum, wrong_bytes;
static handle shared_session;

static DWORD WINAPI receive_many(void *argument) {
  DWORD seed = (DWORD)(ULONG_PTR)argument;
  while (received < MANY) {
    DWORD size;
    BYTE *packet = receive(shared_session, &size);
    if (!packet) {
      WaitForSingleObject(read_wait_event(shared_session), 20);
      continue;
    }
    DWORD number = number_of(packet);
    if (size != 40 + number % 400) InterlockedIncrement(&wrong_bytes);
    InterlockedExchangeAdd(&sum, (LONG)number);
    // Some answer, so that both rings are in use.
    BYTE *answer = number % 8 == 0 ? allocate(shared_session, size) : NULL;
    if (answer) {
      memcpy(answer, packet, size);
      send_packet(shared_session, answer);
    }
    seed = seed * 1664525 + 1013904223;
    if (seed >> 31) SwitchToThread();
    release(shared_session, packet);
    InterlockedIncrement(&received);
  }
  return 0;
}

static DWORD WINAPI inject(void *argument) {
  (void)argument;
  for (DWORD i = 0; i < MANY; i++) {
    while ((LONG)i - received > 100) Sleep(0); // never more than the ring has room for
    put_packet(i, 40 + i % 400);
  }
  return 0;
}

static void threads(void) {
  handle adapter = adapter_with_wire(L"wg0");
  shared_session = session_on(adapter, 0x20000);
  HANDLE workers[5];
  for (int i = 0; i < 4; i++) workers[i] = CreateThread(NULL, 0, receive_many, (void *)(ULONG_PTR)(i + 1), 0, NULL);
  workers[4] = CreateThread(NULL, 0, inject, NULL, 0, NULL);
  int answers = 0;
  while (answers < MANY / 8 && next_frame() == 'P') answers++;
  check(WaitForMultipleObjects(5, workers, TRUE, 20000) == WAIT_OBJECT_0, "four threads receive and send at once");
  check(received == MANY && sum == MANY / 2 * (MANY - 1) && wrong_bytes == 0, "each packet once, whole");
  check(answers == MANY / 8, "each answer once");
  end_and_close(shared_session, adapter, "0");
}

// Runs itself with that argument and returns its exit code.
static DWORD run_again(const WCHAR *argument) {
  WCHAR program[MAX_PATH], line[2 * MAX_PATH];
  GetModuleFileNameW(NULL, program, MAX_PATH);
  _snwprintf(line, 2 * MAX_PATH, L"\"%ls\" %ls", program, argument);
  STARTUPINFOW start = {.cb = sizeof start};
  PROCESS_INFORMATION process;
  DWORD code = 1;
  if (!CreateProcessW(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &start, &process)) return 1;
  WaitForSingleObject(process.hProcess, 10000);
  GetExitCodeProcess(process.hProcess, &code);
  return code;
}

static void processes(void) {
  SetEnvironmentVariableA("PFSVPN_TEST_WINTUN", NULL);
  check(run_again(L"release-unknown") == 0xC000000D, "a packet released that was never received ends the program");
  check(run_again(L"send-twice") == 0xC000000D, "so does one sent twice");
  handle adapter = create_adapter(L"wg0", L"PfsVpn", &guid);
  check(run_again(L"open") == 0, "another process opens the adapter");
  close_adapter(adapter);
  check(run_again(L"open") == ERROR_FILE_NOT_FOUND, "and not when it is closed");
}

static int child(const char *what) {
  if (strcmp(what, "open") == 0) return open_adapter(L"wg0") ? 0 : (int)GetLastError();
  handle session = start_session(create_adapter(L"child", L"PfsVpn", NULL), 0x20000);
  BYTE *packet = allocate(session, 40);
  // A packet that was sent was never received either.
  if (strcmp(what, "send-twice") == 0) send_packet(session, packet), send_packet(session, packet);
  release(session, packet);
  return 0;
}

int main(int count, char **arguments) {
  if (!load()) {
    printf("FAIL wintun.dll, or a function of it, is missing\n");
    return 1;
  }
  if (count > 1) return child(arguments[1]);
  adapters();
  logging();
  listen_for_adapters();
  receiving();
  sending();
  ends();
  threads();
  processes();
  printf("%d failed\n", failures);
  return failures;
}
