namespace PfsVpn.Tests.Configuration;

/// <summary>Directories that are gone when the tests have ended: some of these tests look into them after the server has.</summary>
internal static class UapiTestDirectory
{
    private static readonly DirectoryInfo Root = CreateRoot();

    public static string Create() => Root.CreateSubdirectory(Path.GetRandomFileName()).FullName;

    private static DirectoryInfo CreateRoot()
    {
        var root = Directory.CreateTempSubdirectory("uapi");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => root.Delete(recursive: true);
        return root;
    }
}
