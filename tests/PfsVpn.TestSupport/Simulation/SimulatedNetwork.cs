using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.TestSupport.Simulation;

/// <summary>A datagram on its way.</summary>
/// <param name="From">The sender.</param>
/// <param name="Source">The sender's address when it was sent.</param>
/// <param name="Destination">Where it goes.</param>
/// <param name="Bytes">The payload.</param>
/// <param name="Tos">TOS octet.</param>
internal sealed record Datagram(SimulatedHost From, EndpointAddress Source, EndpointAddress Destination, byte[] Bytes, byte Tos)
{
    /// <summary>The local source that the sender chose for it, none for "let the route decide".</summary>
    public LocalSource LocalSource { get; init; }

    /// <summary>The message type.</summary>
    public MessageType Type => (MessageType)Bytes[0];
}

/// <summary>Hosts joined by a link that delivers, loses, doubles or reorders, in virtual time.</summary>
internal sealed class SimulatedNetwork : IDisposable
{
    private readonly List<SimulatedHost> _hosts = [];
    private readonly SortedDictionary<(long At, long Order), Datagram> _inFlight = [];
    private long _order;
    private int _hostsMade;

    /// <summary>What the randomness of the hosts that are added from now on follows from.</summary>
    public int Seed { get; set; } = 1000;

    /// <summary>Virtual boot clock.</summary>
    public MonotonicTime Now { get; private set; } = new(1_000_000_000_000);

    /// <summary>Virtual wall clock.</summary>
    public TimeSpan WallClock { get; set; } = TimeSpan.FromSeconds(1_700_000_000);

    /// <summary>One-way delay.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>Whether hosts run their control loop after each batch by themselves.</summary>
    public bool AutoControl { get; set; } = true;

    /// <summary>Decides over each datagram: the delays with which it arrives (none: lost, two: doubled). Null: one copy after <see cref="Delay"/>.</summary>
    public Func<Datagram, IEnumerable<TimeSpan>>? Link { get; set; }

    /// <summary>Every datagram ever sent, lost ones too.</summary>
    public List<(MonotonicTime At, Datagram Datagram)> Sent { get; } = [];

    /// <summary>Adds a host at <paramref name="address"/>.</summary>
    public SimulatedHost AddHost(string name, string address, ushort port = 51820)
    {
        if (!IpAddress.TryParse(address, out var parsed)) throw new ArgumentException($"{address} is no address.", nameof(address));
        var host = new SimulatedHost(this, name, new EndpointAddress(parsed, port), NextSeed());
        _hosts.Add(host);
        return host;
    }

    /// <summary>Ends a host and starts it again with the same key at the same address, without peers.</summary>
    public SimulatedHost Restart(SimulatedHost host)
    {
        var again = new SimulatedHost(this, host.Name, host.Address, NextSeed(), host.PrivateKey) { WallClockOffset = host.WallClockOffset };
        _hosts[_hosts.IndexOf(host)] = again;
        host.Dispose();
        return again;
    }

    /// <summary>How many messages of <paramref name="type"/> <paramref name="from"/> has sent.</summary>
    public int CountSent(SimulatedHost from, MessageType type) => SentBy(from, type).Count();

    /// <summary>The messages of <paramref name="type"/> that <paramref name="from"/> has sent.</summary>
    public IEnumerable<(MonotonicTime At, Datagram Datagram)> SentBy(SimulatedHost from, MessageType type) =>
        Sent.Where(sent => sent.Datagram.From == from && sent.Datagram.Type == type);

    /// <summary>The last message of <paramref name="type"/> that <paramref name="from"/> has sent.</summary>
    public Datagram LastSent(SimulatedHost from, MessageType type) => SentBy(from, type).Last().Datagram;

    /// <summary>Lets a datagram that was sent before arrive again, or one that was lost at last; from another source where one is given.</summary>
    public static void Inject(Datagram datagram, SimulatedHost receiver, EndpointAddress? from = null) =>
        receiver.Receive(datagram.Bytes, from ?? datagram.Source, datagram.Tos);

    /// <summary>Lets <paramref name="span"/> pass: datagrams arrive and timers fire at their moments.</summary>
    public void Run(TimeSpan span)
    {
        var end = Now + span;
        while (true)
        {
            var next = _hosts.Where(static host => !host.IsControlPaused).Select(static host => host.Device.NextDeadline).Append(MonotonicTime.Infinite).Min();
            if (_inFlight.Count > 0 && _inFlight.First().Key.At < next.Nanoseconds) next = new MonotonicTime(_inFlight.First().Key.At);
            if (next > end) break;
            AdvanceTo(next);
            Deliver();
            foreach (var host in _hosts) host.RunControl();
        }
        AdvanceTo(end);
    }

    /// <summary>Lets <paramref name="seconds"/> pass, to the nearest microsecond.</summary>
    public void Run(double seconds) => Run(TimeSpan.FromMicroseconds((long)Math.Round(seconds * 1_000_000)));

    /// <summary>Lets the boot clock jump, as during suspend: nothing happens in between, and nothing after until somebody runs.</summary>
    public void Suspend(TimeSpan span) => AdvanceTo(Now + span);

    internal void Enqueue(SimulatedHost from, Endpoint endpoint, byte[] bytes, byte tos)
    {
        var datagram = new Datagram(from, from.Address, endpoint.Remote, bytes, tos) { LocalSource = endpoint.Source };
        Sent.Add((Now, datagram));
        foreach (var delay in Link?.Invoke(datagram) ?? [Delay]) _inFlight.Add(((Now + delay).Nanoseconds, _order++), datagram);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var host in _hosts) host.Dispose();
    }

    private int NextSeed() => Seed + _hostsMade++;

    private void Deliver()
    {
        while (_inFlight.Count > 0 && _inFlight.First() is var (key, datagram) && key.At <= Now.Nanoseconds)
        {
            _inFlight.Remove(key);
            if (_hosts.Find(host => host.Address == datagram.Destination) is { } receiver) receiver.Receive(datagram.Bytes, datagram.Source, datagram.Tos);
        }
    }

    private void AdvanceTo(MonotonicTime time)
    {
        if (time <= Now) return;
        WallClock += time - Now;
        Now = time;
    }
}
