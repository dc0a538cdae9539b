using System.Globalization;
using System.Security.Cryptography;
using PfsVpn.Lab.Hosting;
using PfsVpn.Packets;
using PfsVpn.Runtime;
using PfsVpn.Timers;

namespace PfsVpn.Lab.Seizure;

/// <summary>Two lab processes that talk through a recorder, until they are seized. What they were given is what the attacker gets.</summary>
/// <remarks>Threading: one owner. Ownership: <see cref="Dispose"/> ends the processes.</remarks>
internal sealed class SeizedPair : IDisposable
{
    private readonly WireRecorder _recorder = new();
    private readonly List<LabHost> _hosts = [];

    /// <summary>Starts both; they begin to talk at once.</summary>
    /// <exception cref="LabException">A process cannot be started, or refuses its configuration.</exception>
    public SeizedPair(LabRandomness randomness, SeizureOptions options)
    {
        PresharedKey = RandomNumberGenerator.GetBytes(32);
        try
        {
            for (var side = 0; side < 2; side++)
                _hosts.Add(LabHost.Start(new LabHostSettings { Address = Address(side), Peer = Address(1 - side), Randomness = randomness }));
            _recorder.Connect(_hosts[0].Port(), _hosts[1].Port());
            for (var side = 0; side < 2; side++) _hosts[side].Set(Configuration(side, options));
            _hosts[0].SetTraffic(options.PacketsPerSecond);
            AwaitSession();
            _hosts[1].SetTraffic(options.PacketsPerSecond);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The permanent keys.</summary>
    public IReadOnlyList<LabIdentity> Identities { get; } = [LabIdentity.Create(), LabIdentity.Create()];

    /// <summary>The pre-shared key: 32 bytes.</summary>
    public byte[] PresharedKey { get; }

    /// <summary>The processes.</summary>
    public IReadOnlyList<LabHost> Hosts => _hosts;

    /// <summary>When they were seized.</summary>
    public MonotonicTime SeizedAt { get; private set; }

    /// <summary>What was recorded until then, in order of time.</summary>
    public IReadOnlyList<RecordedPacket> Wire { get; private set; } = [];

    /// <summary>Stops both processes where they are. From now on their memory is the attacker's.</summary>
    public void Seize()
    {
        SeizedAt = BootClock.Now;
        foreach (var host in _hosts) host.Freeze();
        Wire = _recorder.Stop();
    }

    /// <summary>Ends everything.</summary>
    public void Dispose()
    {
        foreach (var host in _hosts) host.Dispose();
        _recorder.Dispose();
    }

    private void AwaitSession()
    {
        const int Attempts = 5000;
        for (var attempt = 0; _hosts[1].Counts().Received == 0; attempt++)
        {
            if (attempt == Attempts) throw new LabException("The two lab processes do not find to each other.");
            Thread.Sleep(2);
        }
    }

    private static IpAddress Address(int side) => new(0x0A4D0001u + (uint)side);

    private IEnumerable<string> Configuration(int side, SeizureOptions options)
    {
        yield return $"private_key={Convert.ToHexStringLower(Identities[side].PrivateKey)}";
        if (options.RekeyAfterSeconds > 0) yield return string.Create(CultureInfo.InvariantCulture, $"rekey_after_time={options.RekeyAfterSeconds}");
        yield return $"public_key={Identities[1 - side].PublicKeyHex}";
        yield return $"preshared_key={Convert.ToHexStringLower(PresharedKey)}";
        yield return string.Create(CultureInfo.InvariantCulture, $"endpoint=127.0.0.1:{_recorder.PortFor(side)}");
        yield return $"allowed_ip={Address(1 - side)}/32";
    }
}
