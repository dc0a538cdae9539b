using System.Text;

namespace PfsVpn.Cli.Rootless;

/// <summary>The words of this process's command line as they were given: file names need not be UTF-8, and the framework's strings would change those that are not.</summary>
internal static class RawArguments
{
    /// <summary>The last words of the command line as bytes, where they are those of <paramref name="words"/>; else those, in UTF-8.</summary>
    public static List<byte[]> Last(IReadOnlyList<string> words)
    {
        var given = Split(File.ReadAllBytes("/proc/self/cmdline"));
        if (given.Count >= words.Count)
        {
            var last = given[^words.Count..];
            if (last.Select(Encoding.UTF8.GetString).SequenceEqual(words, StringComparer.Ordinal)) return last;
        }
        return [.. words.Select(Encoding.UTF8.GetBytes)];
    }

    private static List<byte[]> Split(ReadOnlySpan<byte> commandLine)
    {
        var words = new List<byte[]>();
        while (!commandLine.IsEmpty)
        {
            var end = commandLine.IndexOf((byte)0);
            words.Add(commandLine[..(end < 0 ? commandLine.Length : end)].ToArray());
            commandLine = end < 0 ? default : commandLine[(end + 1)..];
        }
        return words;
    }
}
