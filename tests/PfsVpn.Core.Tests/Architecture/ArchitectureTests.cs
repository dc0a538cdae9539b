namespace PfsVpn.Tests.Architecture;

/// <summary>Fails where the sources break docs/architecture.md.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void Namespaces_follow_the_folders() => AssertNone(DependencyRule.MisplacedFiles(SourceFile.All));

    [Fact]
    public void Dependencies_point_down_only() => AssertNone(DependencyRule.UpwardDependencies(SourceFile.All));

    [Fact]
    public void The_core_does_no_input_or_output_of_its_own() => AssertNone(DependencyRule.InputAndOutput(SourceFile.All));

    [Fact]
    public void The_sources_are_seen_at_all()
    {
        Assert.Contains(SourceFile.All, file => string.Equals(file.Path, "src/PfsVpn.Core/Crypto/SecretKey.cs", StringComparison.Ordinal));
        Assert.Contains(SourceFile.All, file => file.TopLevelTypes.Contains("DeviceChange", StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Noise", "using PfsVpn.Device;")]
    [InlineData("Noise", "using static PfsVpn.Tun.Flags;")]
    [InlineData("Crypto", "using Clock = PfsVpn.Timers.MonotonicTime;")]
    [InlineData("Packets", "    private global::PfsVpn.Timers.MonotonicTime _now;")]
    [InlineData("Routing", "    private Device.WireGuardDevice _device;")]
    [InlineData("Device", "using PfsVpn.Runtime;")]
    [InlineData("Device", "    private WgQuickParser _parser;")]
    [InlineData("Device", "    private PfsVpn.Configuration.WgQuickParser _parser;")]
    [InlineData("Interop", "using PfsVpn.Crypto;")]
    public void An_upward_dependency_is_found(string folder, string line) => Assert.NotEmpty(Upward(folder, line));

    [Theory]
    [InlineData("Device", "using PfsVpn.Noise;")]
    [InlineData("Device", "using PfsVpn.Tun;")]
    [InlineData("Device", "using PfsVpn.Configuration;")]
    [InlineData("Device", "    public int Apply(DeviceChange change) => 0;")]
    [InlineData("Noise", "using PfsVpn.Timers;")]
    [InlineData("Routing", "    private int _count = Device.Count; // PfsVpn.Runtime")]
    [InlineData("Routing", "    private string _text = \"PfsVpn.Runtime\";")]
    [InlineData("Routing", "    /// <see cref=\"PfsVpn.Runtime\"/>")]
    [InlineData("Configuration", "using PfsVpn.Runtime;")]
    public void What_points_down_or_sideways_is_allowed(string folder, string line) => AssertNone(Upward(folder, line));

    [Theory]
    [InlineData("using System.Net.Sockets;")]
    [InlineData("    private Task _task;")]
    [InlineData("    public async void M()")]
    [InlineData("    private readonly Thread _thread = new(Run);")]
    [InlineData("    var timer = new Timer(_ => { });")]
    [InlineData("    Thread.Sleep(1);")]
    [InlineData("    var start = Stopwatch.GetTimestamp();")]
    [InlineData("    var now = DateTime.UtcNow;")]
    [InlineData("    var now = DateTimeOffset.Now;")]
    [InlineData("    var now = Environment.TickCount64;")]
    [InlineData("    RandomNumberGenerator.Fill(bytes);")]
    [InlineData("    SystemRandom.Instance.Fill(bytes);")]
    [InlineData("using PfsVpn.Interop;")]
    [InlineData("    File.ReadAllText(path);")]
    public void Input_and_output_in_the_core_is_found(string line)
    {
        Assert.NotEmpty(DependencyRule.InputAndOutput([Parse("Noise", line)]));
        Assert.Empty(DependencyRule.InputAndOutput([Parse("Runtime", line)]));
    }

    [Theory]
    [InlineData("    private readonly Lock _gate = new();")]
    [InlineData("    Interlocked.Increment(ref _count);")]
    [InlineData("    public void SetTimer(PeerTimer timer, int TaskCount) { }")]
    [InlineData("    private Timers.MonotonicTime _threadTime;")]
    [InlineData("    // Thread.Sleep and DateTime.UtcNow")]
    [InlineData("    var text = \"Task\" + 'x' + @\"\\\" + \"Socket\";")]
    public void What_is_no_input_or_output_is_allowed(string line) => AssertNone(DependencyRule.InputAndOutput([Parse("Timers", line)]));

    [Fact]
    public void A_namespace_that_does_not_follow_its_folder_is_found()
    {
        Assert.Single(DependencyRule.MisplacedFiles([SourceFile.Parse("src/PfsVpn.Core/Noise/A.cs", "namespace PfsVpn.Crypto;")]));
        Assert.Single(DependencyRule.MisplacedFiles([SourceFile.Parse("src/PfsVpn.Core/Helpers/A.cs", "namespace PfsVpn.Helpers;")]));
        Assert.Single(DependencyRule.MisplacedFiles([SourceFile.Parse("src/PfsVpn.Core/Interop/Windows/A.cs", "namespace PfsVpn.Interop;")]));
        Assert.Empty(DependencyRule.MisplacedFiles([SourceFile.Parse("src/PfsVpn.Core/Interop/Windows/A.cs", "namespace PfsVpn.Interop.Windows;")]));
        Assert.Empty(DependencyRule.MisplacedFiles([SourceFile.Parse("src/PfsVpn.Daemon/Program.cs", "return 0;")]));
    }

    private static IEnumerable<string> Upward(string folder, string line) => DependencyRule.UpwardDependencies(
    [
        SourceFile.Parse("src/PfsVpn.Core/Device/WireGuardDevice.cs", "namespace PfsVpn.Device;\npublic sealed class WireGuardDevice;"),
        SourceFile.Parse("src/PfsVpn.Core/Configuration/WgQuickParser.cs", "namespace PfsVpn.Configuration;\npublic static partial class WgQuickParser;"),
        SourceFile.Parse("src/PfsVpn.Core/Configuration/DeviceChange.cs", "namespace PfsVpn.Configuration;\npublic sealed class DeviceChange : IDisposable;"),
        Parse(folder, line),
    ]);

    private static SourceFile Parse(string folder, string line) =>
        SourceFile.Parse($"src/PfsVpn.Core/{folder}/Example.cs", $"namespace PfsVpn.{folder};\n\n{line}\n");

    private static void AssertNone(IEnumerable<string> wrong)
    {
        var list = wrong.Distinct(StringComparer.Ordinal).ToList();
        Assert.True(list.Count == 0, $"{list.Count} break{(list.Count == 1 ? "s" : "")} the architecture:\n" + string.Join('\n', list));
    }
}
