using PfsVpn.Cli.Commands;

namespace PfsVpn.Cli.Provision;

/// <summary>The words behind a command, sorted: <c>--flag</c>, <c>--option VALUE</c> or <c>--option=VALUE</c> in any place, and what is neither.</summary>
internal sealed class OptionWords
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _flags = new(StringComparer.Ordinal);

    /// <summary>Sorts the words.</summary>
    /// <param name="words">What was typed.</param>
    /// <param name="flags">Options without a value.</param>
    /// <param name="options">Options with one.</param>
    /// <exception cref="UsageException">There is another option, one twice, or one without its value.</exception>
    public OptionWords(IReadOnlyList<string> words, IReadOnlyCollection<string> flags, IReadOnlyCollection<string> options)
    {
        var plain = new List<string>();
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (!word.StartsWith('-') || word == "-")
            {
                plain.Add(word);
                continue;
            }
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            var name = equals < 0 ? word : word[..equals];
            if (flags.Contains(name, StringComparer.Ordinal) && equals < 0)
            {
                if (!_flags.Add(name)) throw new UsageException($"{name} was given twice");
                continue;
            }
            if (!options.Contains(name, StringComparer.Ordinal)) throw new UsageException($"Invalid option: `{word}'");
            if (equals < 0 && i + 1 == words.Count) throw new UsageException($"{name}: a value must follow");
            if (!_values.TryAdd(name, equals < 0 ? words[++i] : word[(equals + 1)..])) throw new UsageException($"{name} was given twice");
        }
        Plain = plain;
    }

    /// <summary>The words that are not options, in order.</summary>
    public IReadOnlyList<string> Plain { get; }

    /// <summary>Whether a flag was given.</summary>
    public bool Has(string flag) => _flags.Contains(flag);

    /// <summary>The value of an option, or null.</summary>
    public string? Text(string name) => _values.GetValueOrDefault(name);
}
