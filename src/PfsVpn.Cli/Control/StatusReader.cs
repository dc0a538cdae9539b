using System.Text.Json;
using PfsVpn.Cli.Input;

namespace PfsVpn.Cli.Control;

/// <summary>Asks a daemon for its status (<c>status=1</c>), which is pfsvpnd's own: one object that says what <c>get=1</c> cannot.</summary>
internal static class StatusReader
{
    /// <summary>The whole object; null where the daemon knows no such operation (it is another one than pfsvpnd).</summary>
    /// <exception cref="ControlException">The interface cannot be reached, or its daemon says nonsense.</exception>
    public static JsonElement? TryRead(CliContext context, string name)
    {
        using var socket = ControlSocket.Open(context.ControlDirectory, name);
        try
        {
            socket.Write("status=1\n\n"u8);
            using var lines = new LockedLineReader(socket.Descriptor, static errno => new ControlException(errno));
            if (!lines.TryRead(out var line, out _) || line.IsEmpty || line[0] != '{') return null;
            var reader = new Utf8JsonReader(line);
            return JsonElement.ParseValue(ref reader);
        }
        catch (ControlException refused) when (refused.Errno is NativeFile.EPIPE or NativeFile.ECONNRESET)
        {
            // Another daemon hangs up on what it does not know.
            return null;
        }
        catch (JsonException malformed)
        {
            throw Nonsense(malformed.Message);
        }
    }

    /// <summary>What to throw where members are not as they have to be.</summary>
    public static ControlException Nonsense(string what) => new(NativeFile.EPROTO, $"the daemon's answer is malformed ({what})");
}
