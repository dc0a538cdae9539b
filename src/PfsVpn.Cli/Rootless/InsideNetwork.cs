using System.Globalization;
using System.Text;
using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Cli.Rootless;

/// <summary>The interface's addresses and routes in the program's network namespace, set with <c>ip</c> in one go.</summary>
internal static class InsideNetwork
{
    /// <summary>What <c>ip -batch</c> reads.</summary>
    public static string Batch(InsidePlan plan, bool hasIpv6)
    {
        var batch = new StringBuilder("link set lo up\n");
        // No address that nobody asked for, and no router solicitations: the tunnel's peer would not take them.
        if (hasIpv6) batch.Append(CultureInfo.InvariantCulture, $"link set dev {plan.Interface} addrgenmode none\n");
        foreach (var address in plan.Addresses.Where(Fits)) batch.Append(CultureInfo.InvariantCulture, $"address add {address} dev {plan.Interface}\n");
        batch.Append(CultureInfo.InvariantCulture, $"link set dev {plan.Interface} up\n");
        foreach (var route in plan.Routes.Where(Fits)) batch.Append(CultureInfo.InvariantCulture, $"route replace {route} dev {plan.Interface}\n");
        foreach (var route in plan.Unreachable.Where(Fits)) batch.Append(CultureInfo.InvariantCulture, $"route replace unreachable {route}\n");
        return batch.ToString();

        bool Fits(string prefix) => hasIpv6 || !IsIpv6(prefix);
    }

    /// <summary>Whether an address or a prefix is of IPv6.</summary>
    public static bool IsIpv6(string prefix) => prefix.Contains(':', StringComparison.Ordinal);

    /// <summary>Sets all of it.</summary>
    /// <exception cref="CliException"><c>ip</c> refuses; its words follow.</exception>
    public static void SetUp(CliContext context, InsidePlan plan)
    {
        var hasIpv6 = Directory.Exists("/proc/sys/net/ipv6");
        if (!hasIpv6 && plan.Addresses.Concat(plan.Routes).Any(IsIpv6)) context.Error.WriteLine("Warning: this system has no IPv6: the tunnel carries IPv4 only");
        var result = context.Commands.Run(new CommandRequest(ProgramFiles.Require(context, "ip", "iproute2"), ["-batch", "-"]) { Input = Batch(plan, hasIpv6) });
        if (!result.Succeeded) throw new CliException($"ip refuses what the file asks for: {result.Reason}", ExecCommand.OwnFailure);
        AllowPing();
    }

    /// <summary>Lets the user's group send pings without a capability: a new network namespace allows it to nobody, other than most hosts.</summary>
    private static void AllowPing()
    {
        try
        {
            var group = NativeProgram.EffectiveGroup;
            File.WriteAllText("/proc/sys/net/ipv4/ping_group_range", string.Create(CultureInfo.InvariantCulture, $"{group} {group}"));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // /proc/sys is read-only in some containers: then ping may need its capability.
        }
    }
}
