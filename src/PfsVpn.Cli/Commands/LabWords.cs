using System.Globalization;

namespace PfsVpn.Cli.Commands;

/// <summary>The options of an experiment: <c>--name value</c>, in any order.</summary>
internal sealed class LabWords
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Takes the words behind the experiment's name.</summary>
    /// <exception cref="UsageException">A word is not an option, or has no value.</exception>
    public LabWords(IReadOnlyList<string> words)
    {
        for (var i = 0; i < words.Count; i += 2)
        {
            if (!words[i].StartsWith("--", StringComparison.Ordinal) || i + 1 == words.Count) throw new UsageException($"Invalid argument: `{words[i]}'");
            _values[words[i]] = words[i + 1];
        }
    }

    /// <summary>The value of an option, or null.</summary>
    public string? Text(string name) => _values.Remove(name, out var value) ? value : null;

    /// <summary>The number of an option, within limits, or <paramref name="otherwise"/>.</summary>
    public double Number(string name, double otherwise, double least, double most)
    {
        if (Text(name) is not { } text) return otherwise;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most) return number;
        throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{name} is a number from {least} to {most}, not `{text}'"));
    }

    /// <summary>Refuses what nobody asked for.</summary>
    public void Finish()
    {
        if (_values.Count > 0) throw new UsageException($"Invalid argument: `{_values.Keys.First()}'");
    }

    /// <summary>Writes a picture.</summary>
    public static void WriteFile(string path, string content)
    {
        try
        {
            File.WriteAllText(path, content);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{path} cannot be written: {failure.Message}");
        }
    }
}
