using System.Buffers;
using System.Text;

namespace PfsVpn.Cli.View;

/// <summary>Makes keys of the bytes that a terminal sends. Sans-IO: an escape at the end of what came is a key of its own only once <see cref="Flush"/> is called.</summary>
/// <remarks>References: ECMA-48 § 5.4 (control sequences), xterm's keys. Sequences that are not known are swallowed whole.</remarks>
internal sealed class KeyDecoder
{
    private const byte EscapeByte = 0x1B;

    /// <summary>A sequence that is longer is none.</summary>
    private const int LongestSequence = 32;

    private readonly List<byte> _pending = [];

    /// <summary>Whether bytes wait for what belongs to them: after a twentieth of a second nothing more will come.</summary>
    public bool IsPending => _pending.Count > 0;

    /// <summary>Takes bytes.</summary>
    public IReadOnlyList<TopKey> Feed(ReadOnlySpan<byte> bytes)
    {
        _pending.AddRange(bytes);
        var keys = new List<TopKey>();
        while (_pending.Count > 0 && TakeOne(keys) is var length and > 0) _pending.RemoveRange(0, length);
        return keys;
    }

    /// <summary>Nothing more came: what waits is the escape key, or nothing.</summary>
    public IReadOnlyList<TopKey> Flush()
    {
        var isEscape = _pending is [EscapeByte];
        _pending.Clear();
        return isEscape ? [new TopKey(TopKeyKind.Escape)] : [];
    }

    /// <summary>Takes what stands first. Returns its length, 0 where it is not whole.</summary>
    private int TakeOne(List<TopKey> keys)
    {
        var first = _pending[0];
        if (first == EscapeByte) return TakeEscape(keys);
        var plain = first switch
        {
            (byte)'\r' or (byte)'\n' => TopKeyKind.Enter,
            (byte)'\t' => TopKeyKind.Tab,
            0x7F or 0x08 => TopKeyKind.Backspace,
            0x03 => TopKeyKind.Interrupt,
            0x0C => TopKeyKind.Redraw,
            _ => default(TopKeyKind?),
        };
        if (plain is { } kind)
        {
            keys.Add(new TopKey(kind));
            return 1;
        }
        return first < ' ' ? 1 : TakeCharacter(keys);
    }

    private int TakeCharacter(List<TopKey> keys)
    {
        Span<byte> bytes = stackalloc byte[Math.Min(4, _pending.Count)];
        for (var i = 0; i < bytes.Length; i++) bytes[i] = _pending[i];
        var status = Rune.DecodeFromUtf8(bytes, out var rune, out var length);
        if (status == OperationStatus.NeedMoreData) return 0;
        if (status == OperationStatus.Done && !Rune.IsControl(rune)) keys.Add(new TopKey(TopKeyKind.Character, rune));
        return length;
    }

    private int TakeEscape(List<TopKey> keys)
    {
        if (_pending.Count < 2) return 0;
        if (_pending[1] == EscapeByte)
        {
            keys.Add(new TopKey(TopKeyKind.Escape));
            return 1;
        }
        if (_pending[1] is not ((byte)'[' or (byte)'O'))
        {
            // Alt and a key: the same as the two one after the other, for all that there is to press here.
            keys.Add(new TopKey(TopKeyKind.Escape));
            return 1;
        }
        for (var i = 2; i < _pending.Count; i++)
        {
            if (_pending[i] is < 0x40 or > 0x7E) continue;
            if (Known(i) is { } kind) keys.Add(new TopKey(kind));
            return i + 1;
        }
        return _pending.Count > LongestSequence ? _pending.Count : 0;
    }

    /// <summary>The key of a sequence whose last byte is at <paramref name="end"/>.</summary>
    private TopKeyKind? Known(int end) => _pending[end] switch
    {
        (byte)'A' => TopKeyKind.Up,
        (byte)'B' => TopKeyKind.Down,
        (byte)'H' => TopKeyKind.Home,
        (byte)'F' => TopKeyKind.End,
        (byte)'~' => _pending[2] switch
        {
            (byte)'1' or (byte)'7' => TopKeyKind.Home,
            (byte)'4' or (byte)'8' => TopKeyKind.End,
            (byte)'5' => TopKeyKind.PageUp,
            (byte)'6' => TopKeyKind.PageDown,
            _ => null,
        },
        _ => null,
    };
}
