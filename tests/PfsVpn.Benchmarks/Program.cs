using BenchmarkDotNet.Running;

// dotnet run -c Release --project tests/PfsVpn.Benchmarks -- --filter '*AllowedIps*' --job short
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
