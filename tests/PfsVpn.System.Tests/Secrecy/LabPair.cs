using PfsVpn.Crypto;
using PfsVpn.Lab.Hosting;
using PfsVpn.Packets;

namespace PfsVpn.SystemTests.Secrecy;

/// <summary>Two lab processes that know each other, directly over the loopback interface.</summary>
internal sealed class LabPair : IDisposable
{
    public LabPair(SecretArenaKind arena = SecretArenaKind.LockedMemory)
    {
        First = LabHost.Start(new LabHostSettings { Address = Address(1), Peer = Address(2), Arena = arena });
        Second = LabHost.Start(new LabHostSettings { Address = Address(2), Peer = Address(1), Arena = arena });
        var (first, second) = (LabIdentity.Create(), LabIdentity.Create());
        First.Set([$"private_key={Convert.ToHexStringLower(first.PrivateKey)}", .. Peer(second, Second, 2)]);
        Second.Set([$"private_key={Convert.ToHexStringLower(second.PrivateKey)}", .. Peer(first, First, 1)]);
    }

    public LabHost First { get; }

    public LabHost Second { get; }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
    }

    private static IpAddress Address(uint number) => new(0x0A090000 | number);

    private static string[] Peer(LabIdentity identity, LabHost host, uint number) =>
        [$"public_key={identity.PublicKeyHex}", $"endpoint=127.0.0.1:{host.Port()}", $"allowed_ip={Address(number)}/32"];
}
