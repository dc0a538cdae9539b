using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Interop;
using PfsVpn.Runtime;
using PfsVpn.Udp;

namespace PfsVpn.Lab.Hosting;

/// <summary>
/// What runs in a lab process: a real device with the product's pumps, control loop and sockets, told what to do over standard input, answering over
/// standard output. It ends with its input.
/// </summary>
/// <remarks>
/// Requests: those of the control socket (<c>set=1</c>, <c>get=1</c>, <c>status=1</c>, with their lines and a blank line), read as the product reads them, and
/// one-line requests of the lab: <c>lab traffic=RATE</c> (inner packets a second, from now on), <c>lab send=COUNT [HEX]</c> (now, with a marker as their text),
/// <c>lab counts</c>, <c>lab collect=1|0</c> (collections of the managed heap, one after the other). Each answer ends with <c>errno=N</c> and a blank line.
/// Differs from the daemon in what an experiment needs: its memory may be read, there is no system's TUN, randomness may be known.
/// Threading: one thread reads and answers.
/// </remarks>
internal sealed unsafe class LabHostProgram : IDisposable
{
    private const int InputBytes = 64 * 1024;
    private const int StandardInput = 0, StandardOutput = 1;

    private readonly LockedBlock _input = new(InputBytes);
    private readonly LockedMemoryPool _pool = new();
    private readonly LockedBufferWriter _answer;
    private readonly SecretArena _arena;
    private readonly StaticKeySource? _staticKey;
    private readonly UapiRequestReader _requests;
    private readonly LabTunDevice _tun;
    private readonly DeviceRuntime _runtime;
    private readonly HeapCollector _collector = new();
    private int _length;

    private LabHostProgram(LabHostSettings settings)
    {
        _arena = SecretArena.Create(settings.Arena);
        _answer = new LockedBufferWriter(_pool);
        _requests = new UapiRequestReader(_arena, _pool);
        _tun = new LabTunDevice(settings.Address, settings.Peer);
        _staticKey = settings.Randomness == LabRandomness.StaticKey ? new StaticKeySource(_arena) : null;
        _runtime = new DeviceRuntime(new DeviceRuntimeOptions
        {
            Tun = _tun,
            Sockets = new LinuxUdpSocketFactory(),
            PublishesMetrics = false,
            Arena = _arena,
            Logger = NullLogger.Instance,
            Random = settings.Randomness switch
            {
                LabRandomness.Seeded => new SeededSource(settings.Seed),
                LabRandomness.StaticKey => _staticKey!,
                _ => SystemRandom.Instance,
            },
        });
    }

    /// <summary>Runs until the input ends. Returns the exit code.</summary>
    public static int Run(IReadOnlyList<string> words)
    {
        LabProcess.AllowReading();
        using var host = new LabHostProgram(LabHostSettings.Parse(words));
        host._runtime.Start();
        host.Serve();
        return 0;
    }

    /// <summary>Ends the device, which erases its keys.</summary>
    public void Dispose()
    {
        _collector.Dispose();
        _runtime.Dispose();
        _requests.Dispose();
        _staticKey?.Dispose();
        _answer.Dispose();
        _pool.Dispose();
        _input.Dispose();
    }

    private void Serve()
    {
        while (true)
        {
            var count = Libc.read(StandardInput, _input.Pointer + _length, (nuint)(_input.Length - _length));
            if (count <= 0) return;
            _length += (int)count;
            while (TryServeOne(out var consumed))
            {
                // What was read is moved over, and what is left behind of it erased.
                var rest = _length - consumed;
                Buffer.MemoryCopy(_input.Pointer + consumed, _input.Pointer, rest, rest);
                _input.Span[rest.._length].Clear();
                _length = rest;
            }
            StackScrubber.ScrubDeep();
        }
    }

    /// <summary>Takes one request, whole, or a part of one that the reader has kept; false where nothing more can be taken.</summary>
    private bool TryServeOne(out int consumed)
    {
        consumed = 0;
        if (_length == 0) return false;
        var input = _input.Span[.._length];
        if (!_requests.IsWithinRequest && input.StartsWith("lab "u8))
        {
            var end = input.IndexOf((byte)'\n');
            if (end < 0) return false;
            Finish(LabRequest(input[4..end]) ? UapiErrno.None : UapiErrno.Invalid);
            consumed = end + 1;
            return true;
        }
        // The reader takes sequences of memory: a copy in the pool's locked memory, returned and so erased below.
        using var copy = _pool.Rent(_length);
        input.CopyTo(copy.Memory.Span);
        var sequence = new ReadOnlySequence<byte>(copy.Memory[.._length]);
        var whole = _requests.TryRead(ref sequence, out var request);
        consumed = _length - (int)sequence.Length;
        if (whole) CarryOut(request);
        return whole || consumed > 0;
    }

    private void CarryOut(in UapiRequest request)
    {
        if (request.Error is { } error)
        {
            Finish(error.Errno);
            return;
        }
        switch (request.Operation)
        {
            case UapiOperation.Get:
                _runtime.ReadStateAsync(state => UapiGetWriter.Write(state, _answer)).GetAwaiter().GetResult();
                Send();
                break;
            case UapiOperation.Status:
                _runtime.WriteStatusAsync(_answer).GetAwaiter().GetResult();
                _answer.Write("\n"u8);
                Finish(UapiErrno.None);
                break;
            default:
                if (request.Change!.PrivateKey is { } key) _staticKey?.Use(key);
                Finish(_runtime.ApplyAsync(request.Change).GetAwaiter().GetResult());
                break;
        }
    }

    /// <summary>Carries a request of the lab out; false where it is not understood.</summary>
    private bool LabRequest(ReadOnlySpan<byte> line)
    {
        if (line.SequenceEqual("counts"u8))
        {
            _answer.Write(Encoding.ASCII.GetBytes($"sent={_tun.Outgoing.Made}\nreceived={_tun.Received}\nreceived_bytes={_tun.ReceivedBytes}\n"));
            return true;
        }
        if (line.SequenceEqual("collect=1"u8)) return _collector.Start();
        if (line.SequenceEqual("collect=0"u8)) return _collector.Stop();
        var equals = line.IndexOf((byte)'=');
        if (equals < 0) return false;
        var value = line[(equals + 1)..];
        var space = value.IndexOf((byte)' ');
        var marker = space < 0 ? default : value[(space + 1)..];
        if (!int.TryParse(space < 0 ? value : value[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        if (line[..equals].SequenceEqual("traffic"u8)) return SetRate(number);
        return line[..equals].SequenceEqual("send"u8) && SendMarked(number, marker);
    }

    private bool SetRate(int rate)
    {
        if (rate > LabTraffic.HighestRate) return false;
        _tun.Outgoing.SetRate(rate);
        return true;
    }

    private bool SendMarked(int count, ReadOnlySpan<byte> hex)
    {
        if (hex.Length > 2 * LabTraffic.LongestMarker) return false;
        Span<byte> marker = stackalloc byte[LabTraffic.LongestMarker];
        if (Convert.FromHexString(hex, marker, out _, out var length) != OperationStatus.Done) return false;
        _tun.Outgoing.Send(count, marker[..length]);
        marker.Clear();
        return true;
    }

    private void Finish(int errno)
    {
        UapiGetWriter.WriteErrno(errno, negative: false, _answer);
        Send();
    }

    private void Send()
    {
        foreach (var piece in _answer.Written)
        {
            fixed (byte* start = piece.Span)
            {
                for (nint sent = 0; sent < piece.Length;)
                {
                    var count = Libc.write(StandardOutput, start + sent, (nuint)(piece.Length - sent));
                    if (count <= 0) break;
                    sent += count;
                }
            }
        }
        _answer.Clear();
    }
}
