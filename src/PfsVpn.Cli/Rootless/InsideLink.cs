using System.Runtime.InteropServices;
using PfsVpn.Interop;

namespace PfsVpn.Cli.Rootless;

/// <summary>One end of the socket pair between <c>pfsvpn exec</c> and its other half in the namespaces: the TUN's descriptor goes out, then each tells the other that it is ready.</summary>
/// <remarks>References: unix(7), cmsg(3). Threading: one thread. Ownership: whoever has an end disposes it.</remarks>
internal sealed unsafe partial class InsideLink(int descriptor) : IDisposable
{
    private const int SOCK_SEQPACKET = 5, SCM_RIGHTS = 1, MSG_CMSG_CLOEXEC = 0x40000000;
    private const byte TunMessage = (byte)'T', WordMessage = (byte)'R';
    private bool _isClosed;

    /// <summary>The socket.</summary>
    public int Descriptor { get; } = descriptor;

    /// <summary>Makes both ends; the second is inherited by what is executed.</summary>
    public static (InsideLink Outside, InsideLink Inside) Pair()
    {
        var ends = stackalloc int[2];
        if (socketpair(Libc.AF_UNIX, SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, ends) != 0 || Libc.fcntl(ends[1], Libc.F_SETFD, 0) != 0)
            throw new CliException($"a pair of sockets cannot be made: {NativeFile.Describe(Marshal.GetLastPInvokeError())}", ExecCommand.OwnFailure);
        return (new InsideLink(ends[0]), new InsideLink(ends[1]));
    }

    /// <summary>Takes the end that this process was started with; what it executes does not get it.</summary>
    public static InsideLink Inherited(int descriptor)
    {
        _ = Libc.fcntl(descriptor, Libc.F_SETFD, Libc.FD_CLOEXEC);
        return new InsideLink(descriptor);
    }

    /// <summary>Sends the TUN's descriptor; the receiver gets one of its own. False where the other end is gone.</summary>
    public bool SendTun(int tun)
    {
        var content = TunMessage;
        var part = new Libc.iovec { iov_base = &content, iov_len = 1 };
        var control = stackalloc byte[ControlLength];
        *(Libc.cmsghdr*)control = new Libc.cmsghdr { cmsg_len = (nuint)(sizeof(Libc.cmsghdr) + sizeof(int)), cmsg_level = Libc.SOL_SOCKET, cmsg_type = SCM_RIGHTS };
        *(int*)(control + sizeof(Libc.cmsghdr)) = tun;
        var message = new Libc.msghdr { msg_iov = &part, msg_iovlen = 1, msg_control = control, msg_controllen = ControlLength };
        return Libc.sendmsg(Descriptor, &message, Libc.MSG_NOSIGNAL) == 1;
    }

    /// <summary>Waits for the TUN's descriptor, which is closed on execution; null where the other end is gone.</summary>
    public int? ReceiveTun()
    {
        byte content;
        var part = new Libc.iovec { iov_base = &content, iov_len = 1 };
        var control = stackalloc byte[ControlLength];
        var message = new Libc.msghdr { msg_iov = &part, msg_iovlen = 1, msg_control = control, msg_controllen = ControlLength };
        nint count;
        do
        {
            count = Libc.recvmsg(Descriptor, &message, MSG_CMSG_CLOEXEC);
        }
        while (count < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR);
        var header = (Libc.cmsghdr*)control;
        var isTun = count == 1 && content == TunMessage && message.msg_controllen >= (nuint)(sizeof(Libc.cmsghdr) + sizeof(int)) && header->cmsg_type == SCM_RIGHTS;
        return isTun ? *(int*)(control + sizeof(Libc.cmsghdr)) : null;
    }

    /// <summary>Says that this side is ready: inside that everything is set up, outside that the tunnel works.</summary>
    public void SendReady()
    {
        var content = WordMessage;
        _ = Libc.send(Descriptor, &content, 1, Libc.MSG_NOSIGNAL);
    }

    /// <summary>Waits until the other side is ready; false where it is gone.</summary>
    public bool WaitForReady()
    {
        Span<byte> content = stackalloc byte[1];
        return NativeFile.Read(Descriptor, content) == 1 && content[0] == WordMessage;
    }

    /// <summary>Closes this end, which the other one notices.</summary>
    public void Dispose()
    {
        if (_isClosed) return;
        _isClosed = true;
        NativeFile.Close(Descriptor);
    }

    /// <summary>Room for one descriptor: CMSG_SPACE(4).</summary>
    private const int ControlLength = 24;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socketpair(int family, int type, int protocol, int* ends);
}
