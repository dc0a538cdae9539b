using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>Memory mapping: <c>sys/mman.h</c>, and the two system calls that glibc 2.36 has no wrapper for.</summary>
/// <remarks>References: mmap(2), mlock(2), madvise(2), memfd_secret(2), getrandom(2). Values are those of Linux on x86-64 and ARM64.</remarks>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    public const int PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2;
    public const int MAP_SHARED = 0x01, MAP_PRIVATE = 0x02, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20;
    public const int MADV_DONTFORK = 10, MADV_DONTDUMP = 16, MADV_WIPEONFORK = 18;
    public static readonly nint MAP_FAILED = -1;

    /// <summary>The one flag of memfd_secret: O_CLOEXEC, whatever its manual page calls it.</summary>
    public const nint MFD_SECRET_CLOEXEC = 0x80000;

    /// <summary>System call number of memfd_secret: the same on every architecture that has it.</summary>
    public const nint SYS_memfd_secret = 447;

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint mmap(nint address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int munmap(nint address, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int mlock(nint address, nuint length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int madvise(nint address, nuint length, int advice);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int ftruncate(int descriptor, nint length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint syscall(nint number, nint argument);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint getrandom(byte* buffer, nuint length, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int close(int descriptor);
}
