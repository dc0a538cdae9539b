using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Windows;

/// <summary>The network of a Windows adapter: takes the wire of the tests' wintun.dll, and joins the adapter with a TUN interface of the namespace.</summary>
/// <remarks>References: tests/windows/wintun/wire.h. One adapter after the other may use it, as a restarted daemon does.</remarks>
internal sealed class WintunWire : IDisposable
{
    private const int FrameHeader = 5, LongestFrame = FrameHeader + 0x10000;

    private readonly Socket _listener;
    private readonly TunInterface _interface;
    private readonly Journal _journal;
    private readonly string _name;
    private readonly Action<string?>? _plugged;
    private readonly Task _serving;
    private readonly Lock _sending = new();
    private readonly byte[] _frame = new byte[LongestFrame];
    private readonly ConcurrentQueue<char> _events = new();
    private volatile Socket? _adapter;
    private volatile bool _hasSession;

    /// <summary>Makes the interface, and listens.</summary>
    /// <param name="host">Where.</param>
    /// <param name="interfaceName">The interface.</param>
    /// <param name="journal">Gets what the adapter says.</param>
    /// <param name="plugged">Is told the adapter's GUID when it has a session, and null when that has ended.</param>
    public WintunWire(NetworkNamespace host, string interfaceName, Journal journal, Action<string?>? plugged = null)
    {
        (_journal, _name, _plugged) = (journal, "wintun " + host.Role, plugged);
        _listener = host.Inside(static () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            socket.Listen();
            return socket;
        });
        _interface = new TunInterface(host, interfaceName, packet => Send('P', packet));
        _serving = Task.Factory.StartNew(Serve, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>What the variable PFSVPN_TEST_WINTUN of the program has to be.</summary>
    public string Address => _listener.LocalEndPoint!.ToString()!;

    /// <summary>What the latest adapter said of itself: lines name=, guid=, luid=, type=, created=.</summary>
    public string Hello { get; private set; } = "";

    /// <summary>Packets that were neither IPv4 nor IPv6.</summary>
    public int BadPackets { get; private set; }

    /// <summary>The letters of the wire so far, without packets; '.' is an adapter's end.</summary>
    public string Events => string.Concat(_events);

    /// <summary>Makes something happen to the adapter: 'D' it disappears, 'X' its ring is corrupt. Ends when the adapter has done so.</summary>
    public async Task CauseAsync(char letter)
    {
        var before = _events.Count;
        Send(letter, []);
        await Wait.UntilAsync($"{_name} to answer '{letter}'", () => _events.Skip(before).Any(seen => seen == letter || seen == '.'));
    }

    /// <summary>Ends the connection, and removes the interface.</summary>
    public void Dispose()
    {
        _listener.Dispose();
        _adapter?.Dispose();
        _serving.Wait();
        _interface.Dispose();
    }

    private void Send(char letter, ReadOnlySpan<byte> body)
    {
        if (_adapter is not { } adapter || (letter == 'P' && !_hasSession)) return;
        lock (_sending)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_frame, body.Length);
            _frame[4] = (byte)letter;
            body.CopyTo(_frame.AsSpan(FrameHeader));
            try
            {
                for (var rest = _frame.AsSpan(0, FrameHeader + body.Length); !rest.IsEmpty;) rest = rest[adapter.Send(rest)..];
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                // The adapter is closed: what is sent through it is lost.
            }
        }
    }

    private void Serve()
    {
        while (true)
        {
            try
            {
                using var adapter = _listener.Accept();
                adapter.NoDelay = true;
                _adapter = adapter;
                Read(adapter);
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                if (_adapter is null) return;
            }
            if (_hasSession) _plugged?.Invoke(null);
            (_adapter, _hasSession) = (null, false);
            _events.Enqueue('.');
            _journal.Add(_name, "the adapter was closed");
        }
    }

    private void Read(Socket adapter)
    {
        var buffer = new byte[4 * LongestFrame];
        for (var filled = 0; ;)
        {
            var count = adapter.Receive(buffer.AsSpan(filled));
            if (count == 0) return;
            filled += count;
            var at = 0;
            while (filled - at >= FrameHeader && BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(at)) is var length && filled - at >= FrameHeader + length)
            {
                Take((char)buffer[at + 4], buffer.AsSpan(at + FrameHeader, length));
                at += FrameHeader + length;
            }
            buffer.AsSpan(at..filled).CopyTo(buffer);
            filled -= at;
        }
    }

    private void Take(char letter, ReadOnlySpan<byte> body)
    {
        if (letter == 'P')
        {
            _interface.Write(body);
            return;
        }
        var text = Encoding.UTF8.GetString(body);
        if (letter == 'H') Hello = text;
        if (letter == 'B') BadPackets++;
        if (letter is 'S' or 'E')
        {
            _hasSession = letter == 'S';
            _plugged?.Invoke(_hasSession ? Hello.Split('\n').Single(static line => line.StartsWith("guid=", StringComparison.Ordinal))["guid=".Length..] : null);
        }
        _events.Enqueue(letter);
        _journal.Add(_name, $"{letter} {text.ReplaceLineEndings(" ")}");
    }
}
