namespace PfsVpn.Runtime;

/// <summary>Which file it is that a path leads to. While a socket listens, its inode number is not given to another file.</summary>
/// <param name="DeviceMajor">Major number of the file system's device.</param>
/// <param name="DeviceMinor">Minor number of the file system's device.</param>
/// <param name="Inode">Inode number.</param>
/// <param name="IsSocket">Whether it is a socket.</param>
internal readonly record struct ControlSocketIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode, bool IsSocket);
