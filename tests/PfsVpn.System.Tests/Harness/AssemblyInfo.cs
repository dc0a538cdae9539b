using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]
[assembly: TestCollectionOrderer("PfsVpn.SystemTests.Harness.LongestFirst", "PfsVpn.System.Tests")]
