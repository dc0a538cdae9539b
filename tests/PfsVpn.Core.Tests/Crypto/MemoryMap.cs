using System.Globalization;

namespace PfsVpn.Tests.Crypto;

/// <summary>One mapping of this process, as /proc/self/smaps tells it.</summary>
internal sealed record MemoryMap(nint Start, nint End, string Permissions, string Path, string[] Flags)
{
    /// <summary>The mapping that contains <paramref name="address"/>, or null.</summary>
    public static MemoryMap? At(nint address) => ReadAll().SingleOrDefault(map => map.Start <= address && address < map.End);

    /// <summary>Whether VmFlags has <paramref name="flag"/>: "lo" locked, "dd" not in a core, "dc" not in a forked child.</summary>
    public bool Has(string flag) => Flags.Contains(flag, StringComparer.Ordinal);

    private static IEnumerable<MemoryMap> ReadAll()
    {
        string[] head = [];
        // Read whole first: a file that is read in pieces could change in between.
        foreach (var line in File.ReadAllLines("/proc/self/smaps"))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0] == "VmFlags:") yield return Parse(head, words[1..]);
            else if (!words[0].EndsWith(':')) head = words;
        }
    }

    private static MemoryMap Parse(string[] head, string[] flags)
    {
        var range = head[0].Split('-');
        return new MemoryMap(Address(range[0]), Address(range[1]), head[1], head.Length > 5 ? head[5] : "", flags);
    }

    private static nint Address(string hex) => (nint)ulong.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
