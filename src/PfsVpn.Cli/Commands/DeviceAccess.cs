using PfsVpn.Cli.Control;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Commands;

/// <summary>Reaching a device on behalf of a command: what goes wrong becomes the command's complaint.</summary>
internal static class DeviceAccess
{
    /// <summary>The names of all interfaces.</summary>
    public static List<string> List(CliContext context)
    {
        try
        {
            return ControlSocket.List(context.ControlDirectory);
        }
        catch (ControlException unreadable)
        {
            throw new CliException($"Unable to list interfaces: {unreadable.Message}");
        }
    }

    /// <summary>The state of an interface, which the caller disposes.</summary>
    public static RunningDevice Read(CliContext context, string name)
    {
        try
        {
            return DeviceReader.Read(context, name);
        }
        catch (ControlException unreachable)
        {
            throw new CliException($"Unable to access interface {name}: {unreachable.Message}");
        }
    }

    /// <summary>Complains where an interface cannot be reached.</summary>
    public static void Demand(CliContext context, string name)
    {
        try
        {
            using var socket = ControlSocket.Open(context.ControlDirectory, name);
        }
        catch (ControlException unreachable)
        {
            throw new CliException($"Unable to access interface {name}: {unreachable.Message}");
        }
    }

    /// <summary>What the daemon of an interface says about its keys, as JSON.</summary>
    public static string ReadSecrecyText(CliContext context, string name)
    {
        try
        {
            return SecrecyReader.ReadText(context, name);
        }
        catch (ControlException unreachable)
        {
            throw new CliException($"Unable to access interface {name}: {unreachable.Message}");
        }
    }

    /// <summary>Applies a change to an interface, all of it or nothing.</summary>
    public static void Apply(CliContext context, string name, DeviceChange change)
    {
        try
        {
            ChangeWriter.Apply(context, name, change);
        }
        catch (ControlException refused)
        {
            throw new CliException($"Unable to modify interface {name}: {refused.Message}");
        }
    }
}
