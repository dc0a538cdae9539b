using PfsVpn.Cli.Input;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Attend;

/// <summary>Reads a tunnel's file for the attendant, which drops its secrets at once.</summary>
internal static class AttendFile
{
    /// <summary>The plan of a file.</summary>
    /// <exception cref="CliException">The file cannot be read or used.</exception>
    public static AttendPlan Read(CliContext context, string name, string path)
    {
        try
        {
            using var file = Parse(context, path);
            return AttendPlan.Of(file, name);
        }
        catch (WgConfigException wrong)
        {
            throw new CliException(wrong.Message);
        }
    }

    private static TunnelFile Parse(CliContext context, string path)
    {
        var descriptor = NativeFile.OpenForReading(path);
        if (descriptor < 0) throw Unreadable(path, -descriptor);
        try
        {
            using var lines = new LockedLineReader(descriptor, errno => Unreadable(path, errno));
            using var parser = new TunnelFileParser(context.Arena, path, context.Resolver.ServicePort);
            while (lines.TryRead(out var line, out _)) parser.ReadLine(line);
            return parser.Finish();
        }
        finally
        {
            NativeFile.Close(descriptor);
        }
    }

    private static CliException Unreadable(string path, int errno) => new($"{path}: {NativeFile.Describe(errno)}");
}
