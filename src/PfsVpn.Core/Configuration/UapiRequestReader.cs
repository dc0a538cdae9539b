using System.Buffers;
using PfsVpn.Crypto;

namespace PfsVpn.Configuration;

/// <summary>Cuts what comes in on one connection of the control interface into requests.</summary>
/// <remarks>
/// References: https://www.wireguard.com/xplatform/. An operation is one line, then, for a set, lines of key=value, then a blank line.
/// A request is refused as a whole, and the lines up to its blank line are dropped; an operation that is unknown, a set that is too large and
/// the end of input within a request end the connection, after an answer that says so (wireguard-go ends it without).
/// Sizes: a set may have up to the given number of bytes; besides its change nothing of it is stored.
/// Threading: one thread at a time. Ownership: owns a set that is not whole yet; <see cref="Dispose"/> erases it.
/// </remarks>
internal sealed class UapiRequestReader : IDisposable
{
    /// <summary>The largest set in bytes: 256 MiB, some 3 million peers.</summary>
    public const long DefaultMaximumSetBytes = 256L * 1024 * 1024;

    private readonly SecretArena _arena;
    private readonly UapiLineReader _lines;
    private readonly long _maximumSetBytes;
    private UapiOperation _operation;
    private UapiSetParser? _set;
    private UapiError? _error;
    private long _bytes;

    public UapiRequestReader(SecretArena arena, MemoryPool<byte> pool, long maximumSetBytes = DefaultMaximumSetBytes)
    {
        _arena = arena;
        _lines = new UapiLineReader(pool);
        _maximumSetBytes = maximumSetBytes;
    }

    /// <summary>Whether a request has begun and not ended.</summary>
    public bool IsWithinRequest => _operation != UapiOperation.None;

    /// <summary>
    /// Takes one request off <paramref name="input"/>. False when more input is needed; what is left in <paramref name="input"/> is to be given again. Never throws on bad input.
    /// </summary>
    public bool TryRead(ref ReadOnlySequence<byte> input, out UapiRequest request)
    {
        request = default;
        var before = input.Length;
        if (_operation == UapiOperation.None && !TryBegin(ref input, out request)) return false;
        if (request.IsLast) return true;
        var whole = _set is null ? SkipToBlankLine(ref input) : _set.Parse(ref input);
        _bytes += before - input.Length;
        if (_bytes > _maximumSetBytes)
        {
            request = End(new UapiError(UapiErrno.TooBig, _lines.Number, null, $"the request is larger than {_maximumSetBytes} bytes"), isLast: true);
            return true;
        }
        if (!whole) return false;
        request = End(_set?.Error ?? _error, isLast: false);
        return true;
    }

    /// <summary>Says that no more input comes. True, with an error to be answered, where that cuts a request off.</summary>
    public bool TryEnd(out UapiRequest request)
    {
        request = default;
        if (!IsWithinRequest) return false;
        request = End(_set?.Error ?? new UapiError(UapiErrno.Protocol, _lines.Number, null, "the request ends without its blank line; nothing of it was applied"), isLast: true);
        return true;
    }

    /// <summary>Erases a set that is not whole.</summary>
    public void Dispose()
    {
        _set?.Dispose();
        _set = null;
        _lines.Dispose();
    }

    private bool TryBegin(ref ReadOnlySequence<byte> input, out UapiRequest request)
    {
        request = default;
        _lines.Number = 0;
        _bytes = 0;
        _error = null;
        var read = _lines.TryRead(ref input, out var line);
        if (read == UapiLine.Incomplete) return false;
        if (line.SequenceEqual("get=1"u8)) _operation = UapiOperation.Get;
        else if (line.SequenceEqual("set=1"u8)) _operation = UapiOperation.Set;
        else if (line.SequenceEqual("status=1"u8)) _operation = UapiOperation.Status;
        if (_operation == UapiOperation.Set) _set = new UapiSetParser(_arena, _lines);
        if (_operation == UapiOperation.None)
            request = End(new UapiError(UapiErrno.Protocol, 1, null, "not an operation: expected get=1, set=1 or status=1"), isLast: true);
        return true;
    }

    /// <summary>A get and a status have no lines: one before the blank line is an error.</summary>
    private bool SkipToBlankLine(ref ReadOnlySequence<byte> input)
    {
        while (true)
        {
            var read = _lines.TryRead(ref input, out var line);
            if (read == UapiLine.Incomplete) return false;
            if (read == UapiLine.Complete && line.IsEmpty) return true;
            _error ??= new UapiError(UapiErrno.Invalid, _lines.Number, null, "expected a blank line: this operation takes no keys");
        }
    }

    private UapiRequest End(UapiError? error, bool isLast)
    {
        var change = error is null ? _set?.TakeChange() : null;
        var operation = _operation;
        _set?.Dispose();
        _set = null;
        _operation = UapiOperation.None;
        return new UapiRequest(operation, change, error, isLast);
    }
}
