using System.Globalization;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>
/// The addresses of a tunnel. Windows gives an address to one interface only, also where that is not up: from such a one it is taken, and given back when the tunnel is down.
/// </summary>
/// <remarks>Addresses of the tunnel's adapter vanish with it. What was taken from others is remembered in the tunnel's state, before it is taken.</remarks>
internal sealed class AdapterAddresses(INetworkSystem network)
{
    /// <summary>The item of the state with the addresses that were taken from others: LUID, address and prefix length, one a line.</summary>
    public const string StateItem = "taken-addresses";

    /// <summary>The addresses of a tunnel's adapter, without those that Windows chose itself: those of the link that the file does not name.</summary>
    public static IEnumerable<AddressRow> Of(INetworkSystem network, string tunnel, TunnelFile file) => network.Find(tunnel) is not { } adapter ? [] : network.Addresses()
        .Where(row => row.Interface == adapter && (!row.Address.IsV6LinkLocal || file.Addresses.Exists(text => TunnelAdapter.AddressOf(text).Address == row.Address)));

    /// <summary>Adds the steps of up.</summary>
    public void AddTo(TunnelPlan plan, TunnelFile file)
    {
        foreach (var address in file.Addresses)
            plan.Add(TunnelStage.Address, $"add the address {address}", host => host.Act($"address {address} on {host.Interface}", () => Add(host, address)), host => Remove(host, address));
    }

    /// <summary>Gives the addresses back that were taken from others, and forgets them. What cannot be given back is said. The tunnel has to have lost them before.</summary>
    /// <param name="host">The tunnel.</param>
    /// <param name="only">One address; null for all.</param>
    public void GiveBack(TunnelHost host, IpAddress? only = null)
    {
        var state = new TunnelState(host.Context, host.Interface);
        var taken = Taken(state);
        foreach (var row in taken.Where(row => only is null || row.Address == only))
        {
            host.Act($"address {row} back on {network.NameOf(row.Interface)}", () =>
            {
                if (network.Add(row) is var error and not (0 or IpHlpApi.ERROR_OBJECT_ALREADY_EXISTS))
                    host.Say($"Warning: {row} cannot be given back to {network.NameOf(row.Interface)} (Windows error {error}); set it again in the settings of that adapter.");
            });
        }
        if (host.DryRun || taken.Count == 0) return;
        var rest = taken.Where(row => only is not null && row.Address != only).ToList();
        if (rest.Count == 0) state.Remove(StateItem);
        else Remember(state, rest);
    }

    /// <summary>Adds one.</summary>
    /// <exception cref="CliException">It cannot be added, or an interface that is up has it.</exception>
    public void Add(TunnelHost host, string text)
    {
        var (address, length) = TunnelAdapter.AddressOf(text);
        var row = new AddressRow(TunnelAdapter.Of(network, host), address, length);
        var error = network.Add(row);
        if (error == IpHlpApi.ERROR_OBJECT_ALREADY_EXISTS)
        {
            // Of a former run, or of somebody else.
            if (Owners(address).All(other => other.Interface == row.Interface)) error = network.Delete(row);
            else Take(host, row);
            error = network.Add(row);
        }
        NetworkError.Check(error, $"add the address {text}");
    }

    /// <summary>Deletes one where it is there, and gives it back to whom it was taken from.</summary>
    public void Remove(TunnelHost host, string text)
    {
        var (address, _) = TunnelAdapter.AddressOf(text);
        if (network.Find(host.Interface) is { } adapter)
            foreach (var own in Owners(address).Where(other => other.Interface == adapter)) NetworkError.Check(network.Delete(own), $"delete the address {text}", IpHlpApi.ERROR_NOT_FOUND);
        GiveBack(host, address);
    }

    private List<AddressRow> Owners(IpAddress address) => [.. network.Addresses().Where(row => row.Address == address)];

    private void Take(TunnelHost host, AddressRow wanted)
    {
        foreach (var other in Owners(wanted.Address).Where(other => other.Interface != wanted.Interface))
        {
            if (network.IsUp(other.Interface))
                throw new CliException($"{wanted.Address} is the address of `{network.NameOf(other.Interface)}', which is up: give one of the two another address");
            var state = new TunnelState(host.Context, host.Interface);
            Remember(state, Taken(state).Append(other).Distinct());
            host.Say($"{other} is taken from `{network.NameOf(other.Interface)}', which is not up");
            NetworkError.Check(network.Delete(other), $"take {other} from {network.NameOf(other.Interface)}", IpHlpApi.ERROR_NOT_FOUND);
        }
    }

    private static void Remember(TunnelState state, IEnumerable<AddressRow> rows) =>
        state.Write(StateItem, string.Concat(rows.Select(static row => string.Create(CultureInfo.InvariantCulture, $"{row.Interface} {row.Address} {row.PrefixLength}\n"))));

    private static List<AddressRow> Taken(TunnelState state)
    {
        var rows = new List<AddressRow>();
        foreach (var line in (state.Read(StateItem) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ');
            if (words.Length == 3 && ulong.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var other) && IpAddress.TryParse(words[1], out var address)
                && int.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var length))
                rows.Add(new AddressRow(other, address, length));
        }
        return rows;
    }
}
