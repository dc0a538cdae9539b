using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using PfsVpn.Interop;
using Libc = PfsVpn.Interop.Libc;

namespace PfsVpn.Daemon.Bus;

/// <summary>A connection to a message bus: calls and their answers, and signals.</summary>
/// <remarks>
/// References: D-Bus specification, "Authentication Protocol" (EXTERNAL, NEGOTIATE_UNIX_FD), "Message Protocol", "Message Bus Specification".
/// Sizes: messages of more than 64 KiB are skipped: any process may send us one, and none that is wanted is that long.
/// Threading: one thread. Errors: <see cref="BusException"/>, after which the connection is only good to be disposed; an answer that is an error is not one.
/// </remarks>
internal sealed class BusConnection : IDisposable
{
    private const string Bus = "org.freedesktop.DBus", BusPath = "/org/freedesktop/DBus";
    private const int LongestMessage = 64 * 1024, LongestLine = 512, MostPending = 64;

    /// <summary>Bytes of a header before its fields: the fixed part, and the length of the fields.</summary>
    private const int FixedLength = 16;

    private readonly BusSocket _socket;
    private readonly int _timeoutInMilliseconds;
    private readonly Queue<BusMessage> _signals = new();
    private readonly List<int> _descriptors = [];
    private uint _serial;

    private BusConnection(BusSocket socket, int timeoutInMilliseconds) => (_socket, _timeoutInMilliseconds) = (socket, timeoutInMilliseconds);

    /// <summary>The name that the bus gave us.</summary>
    public string Name { get; private set; } = "";

    /// <summary>Connects to the first of the addresses that answers; null where none does.</summary>
    /// <exception cref="BusException">It answers, but not as a bus does.</exception>
    public static BusConnection? TryOpen(string addresses, WakeEvent stop, int timeoutInMilliseconds, out string failure)
    {
        failure = "no address of a unix socket";
        foreach (var name in BusAddress.SocketNames(addresses))
        {
            if (BusSocket.TryConnect(name, stop, out failure) is not { } socket) continue;
            var connection = new BusConnection(socket, timeoutInMilliseconds);
            try
            {
                connection.Authenticate();
                connection.Introduce();
                return connection;
            }
            catch
            {
                connection.Dispose();
                throw;
            }
        }
        return null;
    }

    /// <summary>Which signals are kept that come while an answer is waited for.</summary>
    public Predicate<BusMessage> Keeps { get; set; } = static _ => true;

    /// <summary>Asks the bus for the signals of a rule.</summary>
    public void AddMatch(string rule)
    {
        var answer = Call(Bus, BusPath, Bus, "AddMatch", new BusWriter().String(rule));
        if (answer.Kind == BusMessageKind.Error) throw new BusException($"the bus refused a rule: {answer.ErrorName}");
    }

    /// <summary>Calls a method and waits for its answer, which may be an error. Signals that come meanwhile are kept.</summary>
    public BusMessage Call(string destination, string path, string @interface, string member, BusWriter body)
    {
        var serial = Send(new BusMessage(BusMessageKind.Call, 0) { Destination = destination, Path = path, Interface = @interface, Member = member }, body);
        var deadline = Deadline;
        while (true)
        {
            CloseDescriptors();
            if (!_socket.WaitForInput(deadline)) throw new BusException($"no answer to {member}");
            if (Receive(deadline) is not { } message) continue;
            if (message.Kind is BusMessageKind.Return or BusMessageKind.Error && message.ReplySerial == serial) return message;
            // Calls of others are not answered: nothing here is to be called.
            if (message.Kind == BusMessageKind.Signal && _signals.Count < MostPending && Keeps(message)) _signals.Enqueue(message);
        }
    }

    /// <summary>Sends a message without waiting for an answer. Returns its serial.</summary>
    public uint Send(BusMessage header, BusWriter body)
    {
        _socket.Send(body.ToMessage(header with { Serial = ++_serial }), Deadline);
        return _serial;
    }

    /// <summary>The next signal; null when the owner wants to stop, or <paramref name="deadline"/> has passed.</summary>
    /// <param name="deadline">On <see cref="Environment.TickCount64"/>.</param>
    public BusMessage? NextSignal(long deadline = long.MaxValue)
    {
        if (_signals.TryDequeue(out var kept)) return kept;
        while (true)
        {
            CloseDescriptors();
            if (!_socket.WaitForInput(deadline)) return null;
            if (Receive(Deadline) is { Kind: BusMessageKind.Signal } signal) return signal;
        }
    }

    /// <summary>Takes a descriptor that came with the answer of the last call; -1 where there is none. The caller closes it.</summary>
    public int TakeDescriptor(uint index)
    {
        if (index >= (uint)_descriptors.Count) return -1;
        var descriptor = _descriptors[(int)index];
        _descriptors.RemoveAt((int)index);
        return descriptor;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CloseDescriptors();
        _socket.Dispose();
    }

    private long Deadline => Environment.TickCount64 + _timeoutInMilliseconds;

    /// <summary>Who we are is what the kernel says of the socket's other end; the text only repeats it.</summary>
    private void Authenticate()
    {
        var user = PfsVpn.Daemon.Interop.Libc.geteuid().ToString(CultureInfo.InvariantCulture);
        var answer = Say($"\0AUTH EXTERNAL {Convert.ToHexString(Encoding.ASCII.GetBytes(user))}");
        if (!answer.StartsWith("OK", StringComparison.Ordinal)) throw new BusException("the bus refused to let us in");
        answer = Say("NEGOTIATE_UNIX_FD");
        if (!answer.StartsWith("AGREE_UNIX_FD", StringComparison.Ordinal)) throw new BusException("the bus passes no descriptors on");
        _socket.Send("BEGIN\r\n"u8, Deadline);
    }

    private void Introduce()
    {
        var answer = Call(Bus, BusPath, Bus, "Hello", new BusWriter());
        if (answer.Kind == BusMessageKind.Error || !new BusReader(answer.Body.Span).TryString(out var name)) throw new BusException("the bus gave us no name");
        Name = name;
    }

    /// <summary>Sends a line of the authentication and reads the one that answers it, byte by byte: nothing behind it may be taken.</summary>
    private string Say(string line)
    {
        _socket.Send(Encoding.ASCII.GetBytes(line + "\r\n"), Deadline);
        Span<byte> answer = stackalloc byte[LongestLine];
        for (var length = 0; length < LongestLine; length++)
        {
            _socket.Receive(answer.Slice(length, 1), _descriptors, Deadline);
            if (answer[length] == (byte)'\n') return Encoding.ASCII.GetString(answer[..length]).TrimEnd('\r');
        }
        throw new BusException("what answers is no bus");
    }

    /// <summary>Receives one whole message; null where it is one to skip.</summary>
    private BusMessage? Receive(long deadline)
    {
        var start = new byte[FixedLength];
        _socket.Receive(start, _descriptors, deadline);
        var isLittle = start[0] == (byte)'l';
        if ((!isLittle && start[0] != (byte)'B') || start[3] != 1) throw new BusException("what the bus sent is no message");
        ulong bodyLength = Number(start, 4, isLittle);
        ulong fieldsLength = Number(start, 12, isLittle);
        var rest = ((fieldsLength + 7) & ~7UL) + bodyLength;
        if (rest > LongestMessage)
        {
            Skip(rest, deadline);
            return null;
        }
        var message = new byte[rest];
        _socket.Receive(message, _descriptors, deadline);
        // The other order of bytes is another machine's: nobody whom we ask for anything.
        if (!isLittle) return null;
        return BusReader.ReadMessage((BusMessageKind)start[1], Number(start, 8, isLittle), message.AsSpan(0, (int)fieldsLength), message.AsMemory((int)(rest - bodyLength)));
    }

    private static uint Number(byte[] bytes, int offset, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(offset)) : BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(offset));

    private void Skip(ulong length, long deadline)
    {
        var scratch = new byte[4096];
        for (; length > 0; length -= Math.Min(length, (ulong)scratch.Length))
            _socket.Receive(scratch.AsSpan(0, (int)Math.Min(length, (ulong)scratch.Length)), _descriptors, deadline);
    }

    private void CloseDescriptors()
    {
        foreach (var descriptor in _descriptors) _ = Libc.close(descriptor);
        _descriptors.Clear();
    }
}
