using System.Text;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Cli.Provision;

/// <summary>What of a wg-quick file a phone's app takes: the keys that it knows, without comments. The app refuses a file with any other key.</summary>
/// <remarks>
/// References: the configuration grammar of the WireGuard apps for Android and iOS, which is wg-quick's without hooks, Table, SaveConfig and FwMark.
/// Sizes: up to <see cref="QrCode.LargestPayload"/> bytes are kept, in locked memory. Ownership: whoever made it disposes it. Threading: one thread.
/// </remarks>
internal sealed class PhoneText : IDisposable
{
    private static readonly string[] OfInterface = ["PrivateKey", "ListenPort", "Address", "DNS", "MTU"];
    private static readonly string[] OfPeer = ["PublicKey", "PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive"];
    private static readonly string[] OnlyHere = ["FwMark", "Table", "SaveConfig", "PreUp", "PostUp", "PreDown", "PostDown", "RekeyAfterTime", "RekeyAfterBytes"];

    private readonly LockedBlock _text = new(QrCode.LargestPayload);
    private readonly SortedSet<string> _left = new(StringComparer.Ordinal);
    private bool _inPeer;

    /// <summary>The text, as far as it fits.</summary>
    public ReadOnlySpan<byte> Text => _text.Span[..Math.Min(Length, QrCode.LargestPayload)];

    /// <summary>The length of the whole text, also where it does not fit.</summary>
    public int Length { get; private set; }

    /// <summary>Whether there is a private key, without which a phone can do nothing.</summary>
    public bool HasPrivateKey { get; private set; }

    /// <summary>How many peers there are.</summary>
    public int Peers { get; private set; }

    /// <summary>Names of keys that were left out, in order.</summary>
    public IReadOnlyCollection<string> LeftOut => _left;

    /// <summary>Takes the next line of a file, without its line feed. The line stays as it is.</summary>
    public void ReadLine(ReadOnlySpan<byte> line)
    {
        var special = line.IndexOf("#!"u8);
        if (special >= 0 && line[..special].Trim(" \t"u8).IsEmpty) NoteSpecial(line[(special + 2)..]);
        var comment = line.IndexOf((byte)'#');
        var text = Trim(comment >= 0 ? line[..comment] : line);
        if (text.IsEmpty) return;
        if (text[0] == '[')
        {
            _inPeer = WgConfigValues.Is(text, "[Peer]"u8);
            if (_inPeer) Peers++;
            Append(_inPeer ? "[Peer]"u8 : "[Interface]"u8, "\n"u8);
            return;
        }
        var equals = text.IndexOf((byte)'=');
        if (equals < 0) return;
        var key = Trim(text[..equals]);
        if (WgConfigKeys.Find(_inPeer ? OfPeer : OfInterface, key) is not { } known)
        {
            if (WgConfigKeys.Find(OnlyHere, key) is { } other) _left.Add(other);
            return;
        }
        if (known == "PrivateKey") HasPrivateKey = true;
        Span<byte> name = stackalloc byte[32];
        Append(name[..Encoding.ASCII.GetBytes(known, name)], " = "u8);
        Append(Trim(text[(equals + 1)..]), "\n"u8);
    }

    /// <summary>Erases the text.</summary>
    public void Dispose() => _text.Dispose();

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t\r\v\f"u8);

    private void NoteSpecial(ReadOnlySpan<byte> text)
    {
        var equals = text.IndexOf((byte)'=');
        // A name is of no use to the app and missed by nobody.
        if (equals >= 0 && !WgConfigValues.Is(Trim(text[..equals]), "Name"u8)) _left.Add("#! " + WgConfigValues.Echo(Trim(text[..equals])));
    }

    private void Append(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        Append(first);
        Append(second);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (Length + bytes.Length <= QrCode.LargestPayload) bytes.CopyTo(_text.Span[Length..]);
        Length += bytes.Length;
    }
}
