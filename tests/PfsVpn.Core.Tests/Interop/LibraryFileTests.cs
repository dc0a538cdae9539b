using PfsVpn.Interop;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Tests.Interop;

public sealed class LibraryFileTests : IDisposable
{
    private const string HashOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    private readonly string _folder = Directory.CreateTempSubdirectory("library").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(HashOfAbc)]
    [InlineData("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData(" " + HashOfAbc + "\n")]
    public void The_file_with_the_hash_is_taken(string sha256)
    {
        var path = Write("abc");
        using var file = LibraryFile.Open(path);
        LibraryFile.RequireHash(file, path, sha256);
    }

    [Theory]
    [InlineData("abd", HashOfAbc)]
    [InlineData("", HashOfAbc)]
    [InlineData("abc", "")]
    [InlineData("abc", "ba78")]
    public void Any_other_file_is_refused(string content, string sha256)
    {
        var path = Write(content);
        using var file = LibraryFile.Open(path);
        var refused = Assert.Throws<DllNotFoundException>(() => LibraryFile.RequireHash(file, path, sha256));
        Assert.StartsWith($"{path} is not loaded: it is not the file that these programs were built for", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("Somebody has exchanged or damaged it: install PfsVpn again.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_many_pieces_is_hashed_whole()
    {
        var path = Write(new string('a', 1_000_000));
        using var file = LibraryFile.Open(path);
        LibraryFile.RequireHash(file, path, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    }

    [Fact]
    public void A_file_that_is_missing_is_said_to_be_with_its_place()
    {
        var refused = Assert.Throws<DllNotFoundException>(() => LibraryFile.Open(Path.Combine(_folder, "libsodium.dll")));
        Assert.Equal(
            $"libsodium.dll is missing: it belongs into the program's folder, {_folder}, and is taken from nowhere else. Install PfsVpn again, or put it there.", refused.Message);
        Assert.Throws<DllNotFoundException>(() => LibraryFile.Open(Path.Combine(_folder, "nowhere", "libsodium.dll")));
    }

    [Fact]
    public void A_folder_in_its_place_is_refused() => Assert.Throws<DllNotFoundException>(() => LibraryFile.Open(_folder));

    [Fact]
    public void Without_the_property_no_hash_is_compiled_in() => Assert.Null(CheckedLibrary.CompiledHash("NoSuchHash"));

    private string Write(string content)
    {
        var path = Path.Combine(_folder, "some.dll");
        File.WriteAllText(path, content);
        return path;
    }
}
