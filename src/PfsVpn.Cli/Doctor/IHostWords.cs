using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>What a person types on this system, and how things are called there: what remedies are made of. Pure.</summary>
internal interface IHostWords
{
    /// <summary>Sets the clock.</summary>
    string SetClock { get; }

    /// <summary>Where pfsvpnd is looked for, behind "pfsvpnd is".</summary>
    string DaemonIsMissing { get; }

    /// <summary>What puts pfsvpnd there.</summary>
    string ProvideDaemon { get; }

    /// <summary>Shows routes.</summary>
    string ShowRoutes { get; }

    /// <summary>Shows what a firewall has.</summary>
    string ShowFirewall { get; }

    /// <summary>Where the name servers of the host are seen.</summary>
    string NameServers { get; }

    /// <summary>Who else may have set them since.</summary>
    string OtherWriters { get; }

    /// <summary>Takes a file from everybody but its owner.</summary>
    string CloseFile(string path);

    /// <summary>Turns a device on.</summary>
    string BringUp(string device);

    /// <summary>Gives a device an address.</summary>
    string AddAddress(string device);

    /// <summary>Takes a device away that nobody serves.</summary>
    string Remove(Patient tunnel);

    /// <summary>Sets the MTU of a device, in bytes.</summary>
    string SetMtu(string device, int mtu);

    /// <summary>Makes a route into a tunnel.</summary>
    string AddRoute(IpPrefix prefix, string device);

    /// <summary>Makes a route past a tunnel.</summary>
    string AddRouteBeside(IpAddress address);

    /// <summary>Why a daemon answers and its interface is not seen, and what to do.</summary>
    (string What, string Remedy) Elsewhere(Patient tunnel);
}
