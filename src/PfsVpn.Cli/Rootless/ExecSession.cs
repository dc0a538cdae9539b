using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Cli.Commands;
using PfsVpn.Configuration;
using PfsVpn.Interop;
using PfsVpn.Runtime;

namespace PfsVpn.Cli.Rootless;

/// <summary>One run of <c>exec</c>: namespaces with the program's half, the daemon outside of them, the configuration, then the program until its end.</summary>
/// <remarks>
/// Namespaces cannot be entered by a process with several threads, as this one has: <c>unshare</c>, which has one, enters them and executes this program again
/// (<see cref="InsideProgram"/>), which becomes the user's: one process after the other under one number.
/// </remarks>
internal sealed class ExecSession(CliContext context, ExecOptions options)
{
    private const int Backlog = 64;

    private readonly uint _user = NativeProgram.EffectiveUser;

    /// <summary>Runs the program. Returns its exit code.</summary>
    /// <exception cref="CliException">It could not be started.</exception>
    public int Run()
    {
        var unshare = ProgramFiles.Require(context, "unshare", "util-linux");
        ProgramFiles.Require(context, "ip", "iproute2");
        _ = ProgramFiles.Daemon(context);
        RequireTun();
        using var file = TunnelSource.Read(context, options.File);
        TunnelSource.LeaveOut(context, file, _user == 0);
        var directory = ControlPlace.Make(context.Environment, _user);
        context.ControlDirectory = directory;
        try
        {
            return Run(new ProgramRun(), unshare, file, new ControlSocketPath($"{directory}/{options.Interface}.sock"));
        }
        catch (ControlSocketException refused)
        {
            throw new CliException(refused.Message, ExecCommand.OwnFailure);
        }
        finally
        {
            ControlPlace.Leave(directory, context.Environment, _user);
        }
    }

    /// <summary>That the user may open it is asked here, where there is more to say about it than that root could.</summary>
    private static unsafe void RequireTun()
    {
        fixed (byte* path = "/dev/net/tun\0"u8)
        {
            var descriptor = Libc.open(path, Libc.O_RDWR | Libc.O_CLOEXEC);
            if (descriptor >= 0)
            {
                NativeFile.Close(descriptor);
                return;
            }
        }
        throw new CliException(Marshal.GetLastPInvokeError() switch
        {
            NativeFile.ENOENT => "/dev/net/tun does not exist. Load the module, as root: modprobe tun; in a container: start it with --device /dev/net/tun",
            NativeFile.EACCES => "/dev/net/tun may not be opened by this user, as it may where udev made it. Allow it, as root: chmod 666 /dev/net/tun",
            var errno => $"/dev/net/tun cannot be opened: {NativeFile.Describe(errno)}",
        }, ExecCommand.OwnFailure);
    }

    private int Run(ProgramRun run, string unshare, TunnelFile file, ControlSocketPath socket)
    {
        var control = Listen(socket);
        try
        {
            var (outside, inside) = InsideLink.Pair();
            using var link = outside;
            var process = StartInside(unshare, file, inside);
            run.Attach(process);
            if (link.ReceiveTun() is not { } tun) return Explain(run.Wait());
            return Serve(run, link, file, tun, ref control);
        }
        finally
        {
            if (control >= 0) NativeFile.Close(control);
            // The daemon has removed it, unless it was killed.
            if (!socket.IsAnswered()) socket.Unlink();
        }
    }

    private int Serve(ProgramRun run, InsideLink link, TunnelFile file, int tun, ref int control)
    {
        TunnelDaemon daemon;
        try
        {
            daemon = TunnelDaemon.Start(context, options.Interface, tun, control, TunnelSource.MtuOf(file), ending =>
                context.Error.WriteLine($"pfsvpn: the daemon of {options.Interface} has ended ({ending}): nothing of the program gets out any more"));
        }
        finally
        {
            // Were they still open here, the end of the daemon would go unnoticed by whoever waits for it.
            NativeFile.Close(tun);
            NativeFile.Close(control);
            control = -1;
        }
        using (daemon)
        {
            // What it failed on it has said itself.
            if (!link.WaitForReady()) return run.Wait();
            try
            {
                InterfaceReadiness.WaitUntilUp(context, options.Interface);
                DeviceAccess.Apply(context, options.Interface, file.WgConfig.Change);
                file.WgConfig.Dispose();
                link.SendReady();
            }
            catch (CliException failure)
            {
                link.Dispose();
                _ = run.Wait();
                throw new CliException(failure.Message, ExecCommand.OwnFailure);
            }
            return run.Wait();
        }
    }

    private int StartInside(string unshare, TunnelFile file, InsideLink inside)
    {
        // Root that may do everything has no use for a user namespace, and would lose rights in it; root of a container may need one.
        var ownUser = _user != 0 || !NativeProgram.MayAdministrate();
        var plan = TunnelSource.Plan(file, options, inside.Descriptor, ownUser && _user != 0);
        string[] words = [unshare, .. ownUser ? ["--user", "--map-current-user", "--keep-caps"] : Array.Empty<string>(), "--net", "--mount", "--", OwnProgram.Path, InsidePlan.Command, .. plan.ToArguments()];
        List<byte[]> arguments = [.. words.Select(Encoding.UTF8.GetBytes), .. RawArguments.Last(options.Program)];
        var process = NativeProgram.Start(unshare, arguments, NativeProgram.Environment(), apart: false);
        inside.Dispose();
        return process > 0 ? process : throw new CliException($"{unshare} cannot be started: {NativeFile.Describe(-process)}", ExecCommand.OwnFailure);
    }

    /// <summary>The namespaces, or something in them, could not be made. What the other half ends with is its own explanation; unshare ends with 1.</summary>
    private static int Explain(int code)
    {
        const int UnshareFailed = 1;
        return code == UnshareFailed ? throw new CliException($"pfsvpn: {NamespaceRefusal.Explain()}", ExecCommand.OwnFailure) : code;
    }

    private int Listen(ControlSocketPath socket)
    {
        if (socket.Look() is not null)
        {
            if (socket.IsAnswered())
                throw new CliException(string.Create(CultureInfo.InvariantCulture, $"{options.Interface} runs already ({socket}), and two ends with one key disturb each other. End it, or use a file with a key of its own"), ExecCommand.OwnFailure);
            socket.Unlink();
        }
        return socket.BindAndListen(Backlog);
    }
}
