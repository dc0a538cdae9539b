using BenchmarkDotNet.Running;
using PfsVpn.Benchmarks;

// dotnet run -c Release --project tests/PfsVpn.Benchmarks -- --filter '*AllowedIps*' --job short
// dotnet run -c Release --project tests/PfsVpn.Benchmarks -- handshake
switch (args)
{
    case ["handshake"]:
        HandshakeCapacity.Print();
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        break;
}
