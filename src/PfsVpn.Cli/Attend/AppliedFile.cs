using PfsVpn.Cli.Control;
using PfsVpn.Cli.Guard;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Attend;

/// <summary>
/// What a tunnel was last made from: its file as it was then, without its keys and comments, beside the other state of the tunnel. <c>reload</c> compares the file of today with it, and
/// the attendant reads it instead of the file, so that it never sees a key.
/// </summary>
internal static class AppliedFile
{
    /// <summary>The item of the state.</summary>
    public const string StateItem = "applied.conf";

    /// <summary>Lines of which nothing is kept.</summary>
    private static readonly string[] SecretKeys = ["PrivateKey", "PresharedKey"];

    /// <summary>Remembers a file that is in force now.</summary>
    /// <param name="context">The run.</param>
    /// <param name="name">The interface.</param>
    /// <param name="path">The file, which has been read before and found good.</param>
    /// <exception cref="CliException">The file cannot be read.</exception>
    public static void Remember(CliContext context, string name, string path)
    {
        var kept = new MemoryStream();
        using var content = SecretSource.Open(path);
        using var lines = new LockedLineReader(content, errno => SecretSource.Unreadable(path, errno));
        while (lines.TryRead(out var line, out _))
        {
            kept.Write(Kept(line));
            kept.WriteByte((byte)'\n');
        }
        new TunnelState(context, name).Write(StateItem, unfinished => File.WriteAllBytes(unfinished, kept.ToArray()));
    }

    /// <summary>What was remembered, without secrets; null where nothing was, as of a tunnel that wg-quick took up, whatever was remembered of one before it. The caller disposes it.</summary>
    public static TunnelFile? Read(CliContext context, string name)
    {
        var state = new TunnelState(context, name);
        if (!state.Has(StateItem) || Time(context, name) < ControlSocket.TimeOfBirth(context.ControlDirectory, name)) return null;
        try
        {
            var applied = TunnelFileParser.Parse(File.ReadAllBytes(state.PathOf(StateItem)), context.Arena, state.PathOf(StateItem), context.Resolver.ServicePort);
            ExcludedPrefixes.Apply(applied);
            return applied;
        }
        catch (WgConfigException)
        {
            // Of another version of this program.
            return null;
        }
    }

    /// <summary>When it was remembered; the default value for never.</summary>
    public static DateTime Time(CliContext context, string name) => File.GetLastWriteTimeUtc(new TunnelState(context, name).PathOf(StateItem));

    /// <summary>Forgets it.</summary>
    public static void Forget(CliContext context, string name) => new TunnelState(context, name).Remove(StateItem);

    /// <summary>What of a line may be kept: nothing of one with a key, and of comments only those with keys of PfsVpn, for others may hold a key that was in use before.</summary>
    private static ReadOnlySpan<byte> Kept(ReadOnlySpan<byte> line)
    {
        if (TunnelLine.IsExtra(line, out var extra)) return line[..(extra.Start.Value + TunnelLine.WithoutComment(line[extra]).Length)];
        var text = TunnelLine.WithoutComment(line);
        var key = text[TunnelLine.Split(text).Key];
        return TunnelLine.Find(SecretKeys, key) is null ? text : default;
    }
}
