using System.Globalization;

namespace PfsVpn.Tests.Cli;

/// <summary>The memory of another process, apart from what is kept out of cores: where it would be swapped, dumped, or left behind.</summary>
internal static class ProcessMemory
{
    /// <summary>The places of <paramref name="needles"/> in mappings without MADV_DONTDUMP, each as the name of the needle and of the mapping.</summary>
    public static List<string> Find(int process, IReadOnlyList<(string Name, byte[] Bytes)> needles)
    {
        var found = new List<string>();
        using var memory = File.OpenHandle($"/proc/{process}/mem");
        foreach (var (start, end, name) in UnprotectedMappings(process))
        {
            var content = new byte[end - start];
            try
            {
                content = content[..RandomAccess.Read(memory, content, start)];
            }
            catch (IOException)
            {
                // The kernel's own pages, as [vvar].
                continue;
            }
            found.AddRange(needles.Where(needle => content.AsSpan().IndexOf(needle.Bytes) >= 0).Select(needle => $"{needle.Name} in {name}"));
        }
        return found;
    }

    private static IEnumerable<(long Start, long End, string Name)> UnprotectedMappings(int process)
    {
        var head = "";
        foreach (var line in File.ReadLines($"/proc/{process}/smaps"))
        {
            if (!line.StartsWith("VmFlags:", StringComparison.Ordinal))
            {
                if (line.Contains('-', StringComparison.Ordinal) && line.IndexOf(' ', StringComparison.Ordinal) > line.IndexOf('-', StringComparison.Ordinal)) head = line;
                continue;
            }
            var fields = head.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var flags = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!fields[1].StartsWith("rw", StringComparison.Ordinal) || flags.Contains("dd", StringComparer.Ordinal)) continue;
            var range = fields[0].Split('-');
            yield return (Parse(range[0]), Parse(range[1]), fields.Length > 5 ? fields[5] : "anonymous memory");
        }
    }

    private static long Parse(string hex) => long.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
