// A tunnel with an interface of the system, from a file such as /etc/wireguard/wg0.conf. Needs CAP_NET_ADMIN.
using System.Diagnostics;
using PfsVpn.Hosting;

if (args is not [var interfaceName, var file])
{
    Console.Error.WriteLine("Usage: TunTunnel INTERFACE FILE");
    return 2;
}

try
{
    using var options = TunnelOptions.FromFile(file);
    options.InterfaceName = interfaceName;
    await using var tunnel = await Tunnel.OpenAsync(options);

    // Addresses, routes and "up" belong to whoever manages the host's network: here, to ip.
    foreach (var address in options.Addresses) Ip("address", "add", address, "dev", tunnel.InterfaceName!);
    Ip("link", "set", tunnel.InterfaceName!, "up");

    Console.WriteLine($"{tunnel.InterfaceName} is up with the public key {tunnel.PublicKey}; Ctrl+C ends it.");
    using var end = new CancellationTokenSource();
    Console.CancelKeyPress += (_, press) =>
    {
        press.Cancel = true;
        end.Cancel();
    };
    await tunnel.Completion.WaitAsync(end.Token);
    return 0;
}
catch (OperationCanceledException)
{
    return 0;
}
catch (Exception failure) when (failure is TunnelException or DllNotFoundException or InvalidOperationException)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}

static void Ip(params string[] arguments)
{
    using var process = Process.Start("ip", arguments);
    process.WaitForExit();
    if (process.ExitCode != 0) throw new InvalidOperationException($"ip {string.Join(' ', arguments)} failed.");
}
