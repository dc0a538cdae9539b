namespace PfsVpn.Tests.Crypto;

/// <summary>Reads the files of known answers under Vectors/; Vectors/README.md describes their form.</summary>
internal static class VectorFile
{
    /// <summary>The records of a file, each a set of named byte strings.</summary>
    public static IReadOnlyList<Dictionary<string, byte[]>> Read(string name)
    {
        var records = new List<Dictionary<string, byte[]>>();
        Dictionary<string, byte[]>? current = null;
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Vectors", name)))
        {
            var text = line.Trim();
            if (text.StartsWith('#')) continue;
            if (text.Length == 0)
            {
                current = null;
                continue;
            }
            var parts = text.Split('=', 2, StringSplitOptions.TrimEntries);
            if (current is null) records.Add(current = []);
            current.Add(parts[0], Convert.FromHexString(parts[1]));
        }
        Assert.NotEmpty(records);
        return records;
    }

    /// <summary>The records of a file that have a field <paramref name="field"/>.</summary>
    public static IReadOnlyList<Dictionary<string, byte[]>> Read(string name, string field)
    {
        var records = Read(name).Where(record => record.ContainsKey(field)).ToList();
        Assert.NotEmpty(records);
        return records;
    }
}
