using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Native;

/// <summary>Who has which UDP port.</summary>
internal static unsafe class UdpPorts
{
    private const uint FirstRoom = 16 * 1024, MostRoom = 16 * 1024 * 1024;

    /// <summary>The program that has a port of IPv4 or IPv6, null for none; or why that is not seen.</summary>
    public static (string? Holder, string? Unseen) HolderOf(ushort port)
    {
        foreach (var family in (ReadOnlySpan<ushort>)[IpHlpApi.AF_INET, IpHlpApi.AF_INET6])
        {
            var error = Read(family, out var table);
            if (error != 0) return (null, new Win32Exception((int)error).Message.TrimEnd('.'));
            var owner = family == IpHlpApi.AF_INET ? OwnerV4(table, port) : OwnerV6(table, port);
            if (owner is { } process) return (NameOf(process), null);
        }
        return (null, null);
    }

    /// <summary>The process that has a port of IPv4 in a table.</summary>
    internal static uint? OwnerV4(ReadOnlySpan<byte> table, ushort port)
    {
        foreach (ref readonly var row in RowsOf<IpHlpApi.MIB_UDPROW_OWNER_PID>(table))
            if (PortOf(row.dwLocalPort) == port) return row.dwOwningPid;
        return null;
    }

    /// <summary>The process that has a port of IPv6 in a table.</summary>
    internal static uint? OwnerV6(ReadOnlySpan<byte> table, ushort port)
    {
        foreach (ref readonly var row in RowsOf<IpHlpApi.MIB_UDP6ROW_OWNER_PID>(table))
            if (PortOf(row.dwLocalPort) == port) return row.dwOwningPid;
        return null;
    }

    private static ReadOnlySpan<T> RowsOf<T>(ReadOnlySpan<byte> table)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(table[sizeof(uint)..])[..(int)MemoryMarshal.Read<uint>(table)];

    private static ushort PortOf(uint field) => BinaryPrimitives.ReverseEndianness((ushort)field);

    private static uint Read(ushort family, out byte[] table)
    {
        for (var room = FirstRoom; ;)
        {
            table = new byte[room];
            uint error;
            fixed (byte* start = table) error = IpHlpApi.GetExtendedUdpTable(start, &room, 0, family, IpHlpApi.UDP_TABLE_OWNER_PID, 0);
            if (error != IpHlpApi.ERROR_INSUFFICIENT_BUFFER || room > MostRoom) return error;
            // Others may come until it is asked again.
            room = Math.Max(room, (uint)table.Length) * 2;
        }
    }

    private static string NameOf(uint process)
    {
        try
        {
            using var found = Process.GetProcessById((int)process);
            return $"{found.ProcessName} (process {process})";
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return $"process {process}";
        }
    }
}
