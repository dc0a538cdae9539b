namespace PfsVpn.Configuration;

/// <summary>A configuration file cannot be used; the message names file, line and key, and says what to do. It never holds a secret.</summary>
internal sealed class WgConfigException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="file">Name of the file, as the user gave it.</param>
    /// <param name="line">Number of the line, from 1.</param>
    /// <param name="key">The key the trouble is with, or null where it is with the line.</param>
    /// <param name="reason">What is wrong, in words that go behind a colon.</param>
    public WgConfigException(string file, int line, string? key, string reason)
        : base(key is null ? $"{file}:{line}: {reason}" : $"{file}:{line}: {key}: {reason}")
    {
        File = file;
        Line = line;
        Key = key;
        Reason = reason;
    }

    /// <summary>Name of the file, as the user gave it.</summary>
    public string File { get; }

    /// <summary>Number of the line, from 1.</summary>
    public int Line { get; }

    /// <summary>The key the trouble is with, or null where it is with the line.</summary>
    public string? Key { get; }

    /// <summary>What is wrong.</summary>
    public string Reason { get; }
}
