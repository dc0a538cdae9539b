using PfsVpn.Crypto;

namespace PfsVpn.Daemon;

/// <summary>
/// Has the code compiled that only the JIT can compile: ahead-of-time compilation leaves out what uses 256-bit and 512-bit vectors. It is done as soon as the daemon is
/// ready, on a thread of its own, so that neither the time to ready nor the first packets pay for it.
/// </summary>
internal static class WarmUp
{
    /// <summary>Returns at once. The thread ends by itself, and keeps no process alive.</summary>
    public static void Start() => new Thread(Run) { IsBackground = true, Name = "warm-up" }.Start();

    /// <summary>Does it now where a kernel is asked for by name: whether there is such a one must be known before the daemon says that it is ready.</summary>
    /// <exception cref="StartException">There is no such kernel, or the processor has not its instructions.</exception>
    public static void CheckChoice(Func<string, string?> variable)
    {
        if (string.IsNullOrEmpty(variable(TransportAead.Variable))) return;
        try
        {
            TransportAead.Warm();
        }
        catch (InvalidOperationException wrong)
        {
            throw new StartException(wrong.Message);
        }
    }

    private static void Run() => TransportAead.Warm();
}
