using System.Globalization;
using BenchmarkDotNet.Running;
using PfsVpn.Benchmarks;

// dotnet run -c Release --project tests/PfsVpn.Benchmarks -- --filter '*AllowedIps*' --job short
// dotnet run -c Release --project tests/PfsVpn.Benchmarks -- handshake
// dotnet run -c Release --project tests/PfsVpn.Benchmarks -- aead [rounds]
switch (args)
{
    case ["handshake"]:
        HandshakeCapacity.Print();
        break;
    case ["aead", ..]:
        AeadComparison.Run(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 60);
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        break;
}
