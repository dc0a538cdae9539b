using PfsVpn.Timers;

namespace PfsVpn.Cli.View;

/// <summary>
/// What <c>top</c> knows, and what keys do to it: samples in, lines and rows out. Sans-IO: time comes as a parameter, nothing is asked and nothing drawn.
/// </summary>
/// <remarks>
/// Sizes: a row is made only for a peer that is seen; with 10,000 of them, sorting (only after a sample or a key) is what costs, some milliseconds.
/// Threading: one thread.
/// </remarks>
internal sealed class TopModel
{
    private readonly SortedDictionary<string, TopInterface> _interfaces = new(StringComparer.Ordinal);
    private List<TopPeer> _order = [];
    private bool _isOrdered;
    private MonotonicTime? _pausedAt;

    /// <summary>What the order follows.</summary>
    public TopSort Sort { get; private set; } = TopSort.Rate;

    /// <summary>Whether the order is turned.</summary>
    public bool IsReversed { get; private set; }

    /// <summary>Only peers with this text in their name, key, endpoint, interface or state are shown; empty for all.</summary>
    public string Filter { get; private set; } = "";

    /// <summary>Whether keys are letters of the filter.</summary>
    public bool IsTyping { get; private set; }

    /// <summary>Whether the screen stands still.</summary>
    public bool IsPaused => _pausedAt is not null;

    /// <summary>When it went on after standing still; not set where it never did.</summary>
    public MonotonicTime ResumedAt { get; private set; }

    /// <summary>Whether the keys are explained.</summary>
    public bool WantsHelp { get; private set; }

    /// <summary>The one interface whose peers are shown; null for all.</summary>
    public string? Selected { get; private set; }

    /// <summary>How many peers stand above the first row.</summary>
    public int Scroll { get; private set; }

    /// <summary>Rows of the last layout: how far a page goes.</summary>
    public int PageRows { get; set; } = 1;

    /// <summary>All interfaces in the order of their names.</summary>
    public IReadOnlyCollection<TopInterface> Interfaces => _interfaces.Values;

    /// <summary>Peers of all interfaces, and those of them that are connected.</summary>
    public (int All, int Connected) Count => (_interfaces.Values.Sum(static one => one.Peers.Count), _interfaces.Values.Sum(static one => one.Peers.Count(static peer => peer.Sample.Condition == PeerCondition.Connected)));

    /// <summary>The moment that ages are counted to: now, or when the screen was told to stand still.</summary>
    public MonotonicTime Shown(MonotonicTime now) => _pausedAt ?? now;

    /// <summary>Takes what a daemon said. Nothing while the screen stands still.</summary>
    public void Take(DeviceSample sample, MonotonicTime now)
    {
        if (IsPaused) return;
        Interface(sample.Name).Take(sample, now);
        _isOrdered = false;
    }

    /// <summary>Takes that an interface could not be asked.</summary>
    /// <param name="name">The interface.</param>
    /// <param name="why">Why.</param>
    /// <param name="isNew">Whether one that never answered is to be shown too.</param>
    /// <param name="now">The time.</param>
    public void Fail(string name, string why, bool isNew, MonotonicTime now)
    {
        if (IsPaused || (!isNew && !_interfaces.ContainsKey(name))) return;
        Interface(name).Fail(why, now);
        _isOrdered = false;
    }

    /// <summary>The peers that are shown, all of them, in order.</summary>
    public IReadOnlyList<TopPeer> Ordered()
    {
        if (_isOrdered) return _order;
        var shown = new List<TopPeer>();
        foreach (var one in _interfaces.Values)
        {
            if (Selected is not null && one.Name != Selected) continue;
            foreach (var peer in one.Peers)
                if (Passes(peer)) shown.Add(peer);
        }
        shown.Sort(new TopOrder(Sort, IsReversed));
        (_order, _isOrdered) = (shown, true);
        return shown;
    }

    /// <summary>The peers that are seen on <paramref name="rows"/> rows.</summary>
    public IReadOnlyList<TopPeer> Seen(int rows)
    {
        var ordered = Ordered();
        PageRows = Math.Max(1, rows);
        Scroll = Math.Clamp(Scroll, 0, Math.Max(0, ordered.Count - rows));
        return [.. ordered.Skip(Scroll).Take(rows)];
    }

    /// <summary>Does what a key says. Returns whether <c>top</c> goes on.</summary>
    public bool Press(TopKey key, MonotonicTime now)
    {
        if (key.Kind == TopKeyKind.Interrupt) return false;
        if (IsTyping) Type(key);
        else if (key.Kind != TopKeyKind.Character) Move(key.Kind);
        else if (key.Rune.Value is 'q' or 'Q') return false;
        else Command((char)Math.Min(key.Rune.Value, char.MaxValue), now);
        return true;
    }

    private TopInterface Interface(string name)
    {
        if (!_interfaces.TryGetValue(name, out var found)) _interfaces.Add(name, found = new TopInterface(name));
        return found;
    }

    private bool Passes(TopPeer peer) => Filter.Length == 0 || Has(peer.Title) || Has(peer.Sample.Key) || Has(peer.Sample.Endpoint) || Has(peer.Owner.Name) || Has(peer.Sample.Condition.Word());

    private bool Has(string text) => text.Contains(Filter, StringComparison.OrdinalIgnoreCase);

    private void Type(TopKey key)
    {
        switch (key.Kind)
        {
            case TopKeyKind.Character:
                SetFilter(Filter + key.Rune);
                break;
            case TopKeyKind.Backspace when Filter.Length > 0:
                SetFilter(Filter[..^(char.IsLowSurrogate(Filter[^1]) ? 2 : 1)]);
                break;
            case TopKeyKind.Enter or TopKeyKind.Backspace:
                IsTyping = false;
                break;
            case TopKeyKind.Escape:
                IsTyping = false;
                SetFilter("");
                break;
            default:
                Move(key.Kind);
                break;
        }
    }

    private void SetFilter(string filter)
    {
        (Filter, Scroll, _isOrdered) = (filter, 0, false);
    }

    private void Move(TopKeyKind kind)
    {
        Scroll = kind switch
        {
            TopKeyKind.Up => Math.Max(0, Scroll - 1),
            TopKeyKind.Down => Scroll + 1,
            TopKeyKind.PageUp => Math.Max(0, Scroll - PageRows),
            TopKeyKind.PageDown => Scroll + PageRows,
            TopKeyKind.Home => 0,
            TopKeyKind.End => int.MaxValue - PageRows,
            _ => Scroll,
        };
        if (kind == TopKeyKind.Escape) SetFilter("");
        if (kind == TopKeyKind.Tab) SelectNext();
    }

    private void Command(char letter, MonotonicTime now)
    {
        switch (letter)
        {
            case '/':
                IsTyping = true;
                break;
            case '?':
                WantsHelp = !WantsHelp;
                break;
            case 'p':
                if (IsPaused) ResumedAt = now;
                _pausedAt = IsPaused ? null : now;
                break;
            case 'R':
                (IsReversed, _isOrdered) = (!IsReversed, false);
                break;
            case 'j':
                Move(TopKeyKind.Down);
                break;
            case 'k':
                Move(TopKeyKind.Up);
                break;
            default:
                SortBy(letter);
                break;
        }
    }

    private void SortBy(char letter)
    {
        TopSort? sort = letter switch
        {
            'n' => TopSort.Name,
            'r' => TopSort.Rate,
            'h' => TopSort.Handshake,
            'e' => TopSort.Exposure,
            's' => TopSort.State,
            't' => TopSort.Total,
            _ => null,
        };
        if (sort is { } wanted) (Sort, IsReversed, Scroll, _isOrdered) = (wanted, false, 0, false);
    }

    /// <summary>All, then the first interface, and so on.</summary>
    private void SelectNext()
    {
        var names = _interfaces.Keys.ToList();
        var next = Selected is null ? 0 : names.IndexOf(Selected) + 1;
        (Selected, Scroll, _isOrdered) = (next < names.Count && names.Count > 1 ? names[next] : null, 0, false);
    }
}
