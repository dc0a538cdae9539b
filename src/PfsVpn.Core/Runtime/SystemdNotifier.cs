using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Interop;

namespace PfsVpn.Runtime;

/// <summary>Tells the service manager how this process does: that it is ready, reloads, stops, and still lives. Where no manager listens, as always on Windows, every call does nothing.</summary>
/// <remarks>
/// References: sd_notify(3), sd_watchdog_enabled(3), systemd.service(5) for Type=notify. The protocol is a datagram of lines to the socket that NOTIFY_SOCKET names, a path or, behind
/// an <c>@</c>, a name of the abstract namespace. systemd takes it from the process that NotifyAccess= allows; the kernel vouches for the sender.
/// Threading: any thread. Errors: none; a call returns whether the message was taken. It waits for a manager that is busy for at most a second, <see cref="Watchdog"/> not at all.
/// Programs that start others should not hand NOTIFY_SOCKET on to them.
/// </remarks>
internal sealed unsafe class SystemdNotifier : IDisposable
{
    /// <summary>Names the manager's socket.</summary>
    public const string SocketVariable = "NOTIFY_SOCKET";

    /// <summary>Microseconds without <see cref="Watchdog"/> after which the manager takes the process for stuck.</summary>
    public const string WatchdogVariable = "WATCHDOG_USEC";

    /// <summary>Whose watchdog that is; absent: of whoever has the variable.</summary>
    public const string WatchdogProcessVariable = "WATCHDOG_PID";

    private readonly byte[]? _address;
    private readonly UseGate _gate = new();
    private readonly int _descriptor = -1;

    private SystemdNotifier(byte[]? address, TimeSpan? watchdog)
    {
        _address = address;
        if (address is null) return;
        _descriptor = Libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
        if (_descriptor < 0) return;
        WatchdogTimeout = watchdog;
        var second = new Libc.timeval { tv_sec = 1 };
        _ = Libc.setsockopt(_descriptor, Libc.SOL_SOCKET, Libc.SO_SNDTIMEO, &second, (uint)sizeof(Libc.timeval));
    }

    /// <summary>Whether there is a manager to tell.</summary>
    public bool IsPresent => _descriptor >= 0;

    /// <summary>The time within which the manager wants to hear <see cref="Watchdog"/>; best is every half of it. Null where it does not wait for it.</summary>
    public TimeSpan? WatchdogTimeout { get; }

    /// <summary>Reads the environment of this process. What makes no sense there counts as absent.</summary>
    /// <param name="variable">Another environment, for tests.</param>
    public static SystemdNotifier FromEnvironment(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        return new SystemdNotifier(OperatingSystem.IsWindows() ? null : AddressOf(variable(SocketVariable)), WatchdogOf(variable));
    }

    /// <summary>The service is ready.</summary>
    public bool Ready(string? status = null) => Send(status is null ? "READY=1" : "READY=1\nSTATUS=" + OneLine(status));

    /// <summary>What the service is doing, a line for people.</summary>
    public bool Status(string text) => Send("STATUS=" + OneLine(text));

    /// <summary>The service begins to read its configuration anew (Type=notify-reload); <see cref="Ready"/> says that it has done so.</summary>
    public bool Reloading()
    {
        var microseconds = BootClock.Uptime.Ticks / TimeSpan.TicksPerMicrosecond;
        return Send(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={microseconds}"));
    }

    /// <summary>The service begins to end.</summary>
    public bool Stopping() => Send("STOPPING=1");

    /// <summary>The process that the manager should take for the service's main one.</summary>
    public bool MainProcess(int process) => Send(string.Create(CultureInfo.InvariantCulture, $"MAINPID={process}"));

    /// <summary>The service lives. Does not wait and allocates nothing.</summary>
    public bool Watchdog() => Send("WATCHDOG=1"u8, Libc.MSG_DONTWAIT);

    /// <summary>Closes the socket. Calls that come later do nothing.</summary>
    public void Dispose()
    {
        if (_gate.Close()) Release();
    }

    /// <summary>The bytes of <c>sun_path</c>: a path with its final zero, or an abstract name behind a zero. Null for what is no such address.</summary>
    private static byte[]? AddressOf(string? text)
    {
        // Other forms (vsock:) are for virtual machines whose host listens.
        if (text is null || text.Length < 2 || text[0] is not ('/' or '@')) return null;
        var name = Encoding.UTF8.GetBytes(text);
        if (name.AsSpan().Contains((byte)0)) return null;
        if (name[0] == '@') name[0] = 0;
        else name = [.. name, 0];
        return name.Length <= Libc.sockaddr_un.PathLength ? name : null;
    }

    private static TimeSpan? WatchdogOf(Func<string, string?> variable)
    {
        var process = variable(WatchdogProcessVariable);
        if (!string.IsNullOrEmpty(process) && !string.Equals(process, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)) return null;
        return long.TryParse(variable(WatchdogVariable), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            && microseconds is > 0 and < long.MaxValue / TimeSpan.TicksPerMicrosecond
            ? new TimeSpan(microseconds * TimeSpan.TicksPerMicrosecond)
            : null;
    }

    /// <summary>A line feed would begin another assignment.</summary>
    private static string OneLine(string text) => text.ReplaceLineEndings(" ");

    private bool Send(string message) => IsPresent && Send(Encoding.UTF8.GetBytes(message), 0);

    private bool Send(ReadOnlySpan<byte> message, int flags)
    {
        if (!IsPresent || !_gate.TryEnter()) return false;
        var address = new Libc.sockaddr_un { family = Libc.AF_UNIX };
        _address.CopyTo(new Span<byte>(address.path, Libc.sockaddr_un.PathLength));
        nint sent;
        fixed (byte* start = message)
        {
            var part = new Libc.iovec { iov_base = start, iov_len = (nuint)message.Length };
            // The length counts: an abstract name has no final zero, and is as long as it is said to be.
            var datagram = new Libc.msghdr { msg_name = &address, msg_namelen = sizeof(ushort) + (uint)_address!.Length, msg_iov = &part, msg_iovlen = 1 };
            do
            {
                sent = Libc.sendmsg(_descriptor, &datagram, flags | Libc.MSG_NOSIGNAL);
            }
            while (sent < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR);
        }
        if (_gate.Exit()) Release();
        return sent == message.Length;
    }

    private void Release()
    {
        if (_descriptor >= 0) _ = Libc.close(_descriptor);
    }
}
