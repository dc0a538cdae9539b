using PfsVpn.Tun;

namespace PfsVpn.Cli.Rootless;

/// <summary>
/// The half of <c>pfsvpn exec</c> that runs in the program's namespaces, where <c>unshare</c> has executed it: it makes the TUN, sends its descriptor out, sets addresses,
/// routes and name servers, waits until the tunnel works, gives its capabilities up and becomes the program. It knows no secret.
/// </summary>
internal static class InsideProgram
{
    private const int NotExecutable = 126, NotFound = 127;

    /// <summary>Runs it with the arguments behind <see cref="InsidePlan.Command"/>. Returns an exit code only where the program could not be started.</summary>
    public static int Run(CliContext context, ReadOnlySpan<string> arguments)
    {
        if (InsidePlan.Read(arguments) is not { } plan)
        {
            context.Error.WriteLine($"pfsvpn: {InsidePlan.Command} is a part of pfsvpn exec, and not meant to be run otherwise");
            return 1;
        }
        try
        {
            using var link = InsideLink.Inherited(plan.Link);
            return Run(context, plan, link);
        }
        catch (TunException refused)
        {
            context.Error.WriteLine($"pfsvpn: {refused.Message}");
            return ExecCommand.OwnFailure;
        }
        catch (CliException failure)
        {
            context.Error.WriteLine($"pfsvpn: {failure.Message}");
            return failure.ExitCode;
        }
    }

    private static int Run(CliContext context, InsidePlan plan, InsideLink link)
    {
        var words = RawArguments.Last(plan.Program);
        using (var tun = LinuxTunDevice.Create(plan.Interface, plan.Mtu))
        {
            Send(tun, link);
            // The daemon starts meanwhile, with a descriptor of its own.
            InsideNetwork.SetUp(context, plan);
            InsideFiles.SetUp(context, plan);
            link.SendReady();
            // The other half says why there will be no tunnel.
            if (!link.WaitForReady()) return ExecCommand.OwnFailure;
        }
        if (plan.DropsCapabilities && !NativeProgram.DropCapabilities())
            throw new CliException("the capabilities of the namespace cannot be given up", ExecCommand.OwnFailure);
        var errno = NativeProgram.Become(words);
        throw new CliException($"{plan.Program[0]}: {NativeFile.Describe(errno)}", errno == NativeFile.ENOENT ? NotFound : NotExecutable);
    }

    private static void Send(LinuxTunDevice tun, InsideLink link)
    {
        var queue = (LinuxTunQueue)tun.Queues[0];
        if (!queue.TryEnter(out var descriptor) || !link.SendTun(descriptor)) throw new CliException("the TUN cannot be handed over", ExecCommand.OwnFailure);
        queue.Leave();
    }
}
