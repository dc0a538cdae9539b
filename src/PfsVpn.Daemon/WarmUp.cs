using System.Runtime.CompilerServices;
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

    private static void Run() => RuntimeHelpers.RunClassConstructor(typeof(TransportAead).TypeHandle);
}
