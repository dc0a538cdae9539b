using System.Runtime.InteropServices;

namespace PfsVpn.Cli.Rootless;

/// <summary>A list of strings as the C library takes it: each with a zero byte behind it, the list with a null.</summary>
internal sealed unsafe class NativeStrings : IDisposable
{
    private readonly int _count;

    /// <summary>Copies.</summary>
    public NativeStrings(List<byte[]> strings)
    {
        _count = strings.Count;
        List = (byte**)NativeMemory.AllocZeroed((nuint)_count + 1, (nuint)sizeof(byte*));
        for (var index = 0; index < _count; index++)
        {
            List[index] = (byte*)NativeMemory.AllocZeroed((nuint)strings[index].Length + 1);
            strings[index].CopyTo(new Span<byte>(List[index], strings[index].Length));
        }
    }

    /// <summary>The list, valid until it is disposed.</summary>
    public byte** List { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (var index = 0; index < _count; index++) NativeMemory.Free(List[index]);
        NativeMemory.Free(List);
    }
}
