using System.Runtime.InteropServices;

namespace PfsVpn.Cli.Rootless;

/// <summary>What the program's mount namespace has in place of the host's: the files by which names are found; and no sockets of services that would ask for it from the host.</summary>
/// <remarks>References: mount_namespaces(7), mount(2). Threading: one thread, which is in a mount namespace of its own.</remarks>
internal static unsafe partial class InsideFiles
{
    private const nuint MS_NOSUID = 2, MS_NODEV = 4, MS_BIND = 4096;
    private const int MNT_DETACH = 2;
    private const string ResolvConf = "/etc/resolv.conf", NsSwitch = "/etc/nsswitch.conf";

    /// <summary>A folder that every system has and of which nothing is needed for the moment that new files lie over it.</summary>
    private const string Staging = "/sys";

    /// <summary>Folders with sockets of services that look names up: systemd-resolved, the name service cache, mDNS, and the bus by which others of them are asked.</summary>
    private static readonly string[] NameServices = ["/run/systemd/resolve", "/run/nscd", "/var/run/nscd", "/run/avahi-daemon", "/run/dbus"];

    /// <summary>Puts everything in place.</summary>
    /// <exception cref="CliException">The system refuses.</exception>
    public static void SetUp(CliContext context, InsidePlan plan)
    {
        var resolvConf = plan.Servers.Count > 0 ? NameFiles.ResolvConf(plan.Interface, plan.Servers, plan.Search) : ReadOrNull(ResolvConf);
        var nsSwitch = ReadOrNull(NsSwitch) is { } given ? NameFiles.NsSwitch(given) : null;
        if (plan.Servers.Count == 0 && NameFiles.IsOutOfReach(resolvConf ?? ""))
            context.Error.WriteLine("Warning: the file has no DNS =, and the host's name server is on the host itself, where the program cannot get: names will not be found. Give one: --dns ADDRESS");
        // Read and found before the folders are covered: resolv.conf is often a link into one of them.
        var target = File.ResolveLinkTarget(ResolvConf, returnFinalTarget: true)?.FullName ?? ResolvConf;
        foreach (var folder in NameServices.Where(Directory.Exists)) Mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=256k");
        Mount("tmpfs", Staging, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=256k");
        if (resolvConf is not null) Place(resolvConf, "resolv.conf", target);
        if (nsSwitch is not null) Place(nsSwitch, "nsswitch.conf", NsSwitch);
        Uncover(Staging);
    }

    private static void Place(string text, string name, string target)
    {
        var source = Path.Join(Staging, name);
        try
        {
            File.WriteAllText(source, text);
            // In a folder that was covered a moment ago it is not there any more; elsewhere only root may make it.
            if (!File.Exists(target))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.WriteAllText(target, "");
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"{target} is not there and cannot be made for the program: {refused.Message}. Make an empty one, as root: touch {target}", ExecCommand.OwnFailure);
        }
        Mount(source, target, null, MS_BIND, null);
    }

    private static string? ReadOrNull(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception absent) when (absent is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Mount(string source, string target, string? type, nuint flags, string? data)
    {
        fixed (byte* from = NativeFile.Terminated(source), to = NativeFile.Terminated(target), kind = type is null ? null : NativeFile.Terminated(type), options = data is null ? null : NativeFile.Terminated(data))
        {
            if (mount(from, to, kind, flags, options) != 0) throw Refused($"{target} cannot be covered for the program");
        }
    }

    private static void Uncover(string target)
    {
        fixed (byte* path = NativeFile.Terminated(target))
        {
            if (umount2(path, MNT_DETACH) != 0) throw Refused($"{target} cannot be uncovered");
        }
    }

    private static CliException Refused(string what) => new($"{what}: {NativeFile.Describe(Marshal.GetLastPInvokeError())}", ExecCommand.OwnFailure);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mount(byte* source, byte* target, byte* type, nuint flags, byte* data);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int umount2(byte* target, int flags);
}
