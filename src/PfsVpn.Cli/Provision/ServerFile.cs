using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Provision;

/// <summary>The file of a server that is there: what it says, and its text, byte for byte, for writing it again with a change. In locked memory.</summary>
/// <remarks>Ownership: whoever made it disposes it. Threading: one thread.</remarks>
internal sealed class ServerFile : IDisposable
{
    private const int LargestBytes = 64 * 1024 * 1024;

    private readonly LockedBlock _text;
    private readonly int _length;
    private readonly TunnelFile _tunnel;

    private ServerFile(string path, LockedBlock text, int length, TunnelFile tunnel)
    {
        (Path, _text, _length, _tunnel) = (path, text, length, tunnel);
        var privateKey = tunnel.WgConfig.Change.PrivateKey;
        if (privateKey is null || privateKey.IsZero) return;
        PublicKey = X25519.ComputePublicKey(privateKey);
        StackScrubber.ScrubHandshake();
    }

    public string Path { get; }

    /// <summary>Its public key, or null where the file has no private key.</summary>
    public PublicKey? PublicKey { get; }

    public ushort ListenPort => _tunnel.WgConfig.Change.ListenPort ?? 0;

    public IReadOnlyList<TunnelPeer> Peers => _tunnel.Peers;

    /// <summary>Its addresses and the networks around them.</summary>
    public IEnumerable<(IpAddress Address, IpPrefix Network)> Addresses =>
        _tunnel.Addresses.Select(static text => (Valid: Prefixes.TryParse(text, out var address, out var prefix), address, prefix)).Where(static entry => entry.Valid).Select(static entry => (entry.address, entry.prefix));

    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="CliException">It cannot be read or used.</exception>
    public static ServerFile Read(CliContext context, string path)
    {
        var descriptor = NativeFile.OpenForReading(path);
        if (descriptor < 0) throw new CliException($"{path}: {NativeFile.Describe(-descriptor)}");
        try
        {
            var (text, length) = ReadAll(descriptor, path);
            try
            {
                return new ServerFile(path, text, length, Parse(context, path, text.Span[..length]));
            }
            catch
            {
                text.Dispose();
                throw;
            }
        }
        finally
        {
            NativeFile.Close(descriptor);
        }
    }

    /// <summary>Writes the file with a section behind it.</summary>
    public void WriteWith(IByteSink sink, Action<LockedWriter> section)
    {
        WriteAll(sink);
        using var output = new LockedWriter(sink);
        var text = _text.Span[.._length];
        if (!text.EndsWith("\n"u8) && _length > 0) output.Write("\n");
        if (!text.EndsWith("\n\n"u8) && _length > 0) output.Write("\n");
        section(output);
        output.Flush();
    }

    /// <summary>Writes the file without the section of a peer. What stands above it, and comments above the next section, stay.</summary>
    public void WriteWithout(IByteSink sink, TunnelPeer peer)
    {
        var (start, end) = SectionOf(peer.Line);
        var text = _text.Span[.._length];
        // The blank line between this section and the one before.
        if (start >= 2 && text[..start].EndsWith("\n\n"u8)) start--;
        sink.Write(text[..start]);
        sink.Write(text[end..]);
    }

    /// <summary>Writes the file as it was read.</summary>
    public void WriteAll(IByteSink sink) => sink.Write(_text.Span[.._length]);

    /// <summary>Erases everything.</summary>
    public void Dispose()
    {
        _tunnel.Dispose();
        _text.Dispose();
    }

    private static (LockedBlock Text, int Length) ReadAll(int descriptor, string path)
    {
        var text = new LockedBlock(LockedMemoryPool.BlockSizeInBytes);
        var length = 0;
        while (true)
        {
            var count = NativeFile.Read(descriptor, text.Span[length..]);
            if (count == 0) return (text, length);
            length += Math.Max(count, 0);
            if (count < 0 || length > LargestBytes)
            {
                text.Dispose();
                throw new CliException($"{path}: {NativeFile.Describe(count < 0 ? -count : NativeFile.EFBIG)}");
            }
            if (length < text.Length) continue;
            var larger = new LockedBlock(text.Length * 2);
            text.Span.CopyTo(larger.Span);
            text.Dispose();
            text = larger;
        }
    }

    /// <summary>Parses a copy, for the parser overwrites what it reads.</summary>
    private static TunnelFile Parse(CliContext context, string path, ReadOnlySpan<byte> text)
    {
        using var copy = new LockedBlock(Math.Max(text.Length, 1));
        text.CopyTo(copy.Span);
        try
        {
            return TunnelFileParser.Parse(copy.Span[..text.Length], context.Arena, path, context.Resolver.ServicePort);
        }
        catch (WgConfigException wrong)
        {
            throw new CliException(wrong.Message);
        }
    }

    /// <summary>From the head of a section, whose line counts from 1, to where the next one begins, or the comments above it.</summary>
    private (int Start, int End) SectionOf(int line)
    {
        var text = (ReadOnlySpan<byte>)_text.Span[.._length];
        var (start, end, position) = (0, 0, 0);
        for (var number = 1; position < _length; number++)
        {
            var feed = text[position..].IndexOf((byte)'\n');
            var next = feed < 0 ? _length : position + feed + 1;
            var content = text[position..next].Trim(" \t\r\n\v\f"u8);
            if (number == line) start = position;
            else if (number > line && content.StartsWith("["u8)) return (start, end);
            // A comment may belong to what follows; a key behind #! belongs here.
            if (number == line || (number > line && !content.IsEmpty && (content[0] != '#' || content.StartsWith(TunnelLine.ExtraMark)))) end = next;
            position = next;
        }
        return (start, text[end..].Trim(" \t\r\n"u8).IsEmpty ? _length : end);
    }
}
