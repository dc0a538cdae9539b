using System.Runtime.InteropServices;
using System.Text;
using PfsVpn.Daemon.Watch;
using PfsVpn.SystemTests.Daemon;
using Libc = PfsVpn.Interop.Libc;

namespace PfsVpn.SystemTests.Watch;

/// <summary>The kernel's event of a new VM generation ID. The kernel sends none on demand, so the tests send it, from a port that the watch trusts, or does not.</summary>
public sealed class CloneWatchTests
{
    private const string Clone = "change@/devices/x\0ACTION=change\0DEVPATH=/devices/x\0SUBSYSTEM=platform\0NEW_VMGENID=1\0SEQNUM=7\0";

    [Theory]
    [InlineData(Clone, true)]
    [InlineData("NEW_VMGENID=1", true)]
    [InlineData("change@/devices/x\0ACTION=change\0NEW_VMGENID=0\0", false)]
    [InlineData("change@/devices/x\0ACTION=change\0SYNTH_ARG_NEW_VMGENID=1\0", false)]
    [InlineData("change@/devices/x\0NEW_VMGENID=12\0", false)]
    [InlineData("", false)]
    public void Only_the_kernels_own_line_tells_of_a_clone(string message, bool expected) => Assert.Equal(expected, KernelEvents.TellsOfClone(Encoding.ASCII.GetBytes(message)));

    [RootFact]
    public void A_clone_ends_the_sessions_once_for_each_event()
    {
        using var sender = new EventSender();
        using var told = new SemaphoreSlim(0);
        using var watch = new CloneWatch(new KernelEvents(sender.Port), () =>
        {
            told.Release();
            return Task.CompletedTask;
        });
        for (var round = 0; round < 3; round++)
        {
            sender.Send("change@/devices/y\0ACTION=change\0");
            sender.Send(Clone);
            Assert.True(told.Wait(TimeSpan.FromSeconds(30)));
        }
        Assert.Equal(0, told.CurrentCount);
    }

    [RootFact]
    public void What_another_process_says_does_not_count()
    {
        using var kernel = new EventSender();
        using var other = new EventSender();
        using var events = new KernelEvents(kernel.Port);
        var buffer = new byte[8192];
        other.Send(Clone);
        Assert.False(events.ReadCloned(buffer));
        kernel.Send(Clone);
        Assert.True(events.ReadCloned(buffer));
        Assert.False(events.ReadCloned(buffer));
    }

    [RootFact]
    public void Events_of_the_kernel_arrive_and_most_of_them_tell_of_no_clone()
    {
        using var events = new KernelEvents();
        // Synthesised on our request, but sent by the kernel; what we would have it say gets a prefix.
        File.WriteAllText("/sys/class/net/lo/uevent", "change 00000000-0000-0000-0000-000000000000 NEWVMGENID=1");
        var wait = new PfsVpn.Daemon.Interop.Libc.struct_pollfd { fd = events.Descriptor, events = 1 };
        unsafe
        {
            Assert.Equal(1, PfsVpn.Daemon.Interop.Libc.poll(&wait, 1, 30_000));
        }
        Assert.False(events.ReadCloned(new byte[8192]));
    }

    [RootFact]
    public void Where_events_were_lost_the_worst_is_assumed()
    {
        using var sender = new EventSender();
        using var events = new KernelEvents(sender.Port);
        var filler = "change@/devices/y\0" + new string('x', 4000);
        for (var i = 0; i < 2000; i++) sender.Send(filler);
        Assert.True(events.ReadCloned(new byte[8192]));
        Assert.False(events.ReadCloned(new byte[8192]));
    }

    /// <summary>Sends to the group of the kernel's events.</summary>
    private sealed unsafe class EventSender : IDisposable
    {
        private const int NETLINK_KOBJECT_UEVENT = 15;
        private readonly int _descriptor = Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

        public EventSender()
        {
            var address = new Libc.sockaddr_nl { nl_family = Libc.AF_NETLINK };
            var length = (uint)sizeof(Libc.sockaddr_nl);
            Assert.Equal(0, Libc.bind(_descriptor, &address, length));
            Assert.Equal(0, Libc.getsockname(_descriptor, &address, &length));
            Port = address.nl_pid;
        }

        public uint Port { get; }

        public void Send(string text)
        {
            var bytes = Encoding.ASCII.GetBytes(text);
            var group = new Libc.sockaddr_nl { nl_family = Libc.AF_NETLINK, nl_groups = 1 };
            fixed (byte* start = bytes)
            {
                var part = new Libc.iovec { iov_base = start, iov_len = (nuint)bytes.Length };
                var message = new Libc.msghdr { msg_name = &group, msg_namelen = (uint)sizeof(Libc.sockaddr_nl), msg_iov = &part, msg_iovlen = 1 };
                // The send fails where nobody could take it: what is lost is seen at the other end.
                if (Libc.sendmsg(_descriptor, &message, 0) < 0) Assert.Equal(Libc.ENOBUFS, Marshal.GetLastPInvokeError());
            }
        }

        public void Dispose() => _ = Libc.close(_descriptor);
    }
}
