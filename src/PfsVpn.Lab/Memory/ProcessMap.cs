using System.Globalization;

namespace PfsVpn.Lab.Memory;

/// <summary>The mappings of a process.</summary>
/// <remarks>References: proc(5), /proc/PID/smaps.</remarks>
internal static class ProcessMap
{
    private const int Kibibyte = 1024;

    /// <summary>All mappings of a process, in order of address.</summary>
    /// <exception cref="LabException">The process is gone, or may not be looked into.</exception>
    public static IReadOnlyList<ProcessMapping> Read(int processId)
    {
        try
        {
            // Read whole first: a file that is read in pieces could change in between.
            return Parse(File.ReadAllLines($"/proc/{processId}/smaps"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new LabException($"The mappings of process {processId} cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>Parses the lines of an smaps file.</summary>
    public static IReadOnlyList<ProcessMapping> Parse(IEnumerable<string> lines)
    {
        var mappings = new List<ProcessMapping>();
        string[] head = [];
        long resident = 0;
        foreach (var line in lines)
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!words[0].EndsWith(':')) (head, resident) = (line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries), 0);
            else if (words[0] is "Rss:" or "Swap:") resident += Kibibyte * long.Parse(words[1], CultureInfo.InvariantCulture);
            // The last line of each mapping.
            else if (words[0] == "VmFlags:") mappings.Add(Mapping(head, resident, words[1..]));
        }
        return mappings;
    }

    private static ProcessMapping Mapping(string[] head, long resident, string[] flags)
    {
        var range = head[0].Split('-');
        return new ProcessMapping(Address(range[0]), Address(range[1]), head[1], head.Length > 5 ? head[5].Trim() : "", resident, flags);
    }

    private static ulong Address(string hex) => ulong.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
