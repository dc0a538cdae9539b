using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PfsVpn.Packets;

/// <summary>Moving bytes up in memory and summing them on the way.</summary>
internal static unsafe partial class InternetChecksum
{
    /// <summary>Moves bytes to a higher address, where source and destination may overlap, and returns their sum, to be added to a sum under way.</summary>
    /// <param name="source">First byte.</param>
    /// <param name="destination">Where it goes: not below <paramref name="source"/>.</param>
    /// <param name="length">Bytes; a last odd one counts as padded with a zero.</param>
    /// <remarks>Safety: from the last byte to the first, each piece loaded before it is stored: what is stored never lies over what is still to be loaded.</remarks>
    public static ulong MoveUp(byte* source, byte* destination, int length)
    {
        Debug.Assert(destination >= source && length >= 0);
        var end = (nint)length;
        if (Vector512.IsHardwareAccelerated) return MoveTail(source, destination, ref end, 64) + Move512(source, destination, end);
        if (Vector256.IsHardwareAccelerated) return MoveTail(source, destination, ref end, 32) + Move256(source, destination, end);
        return MoveTail(source, destination, ref end, 16) + Move128(source, destination, end);
    }

    /// <summary>Moves what lies behind the last whole block, smallest pieces first, so that each piece starts at an even offset.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong MoveTail(byte* source, byte* destination, ref nint end, int block)
    {
        ulong sum = 0;
        if ((end & 1) != 0)
        {
            end -= 1;
            var last = source[end];
            destination[end] = last;
            sum = MachineOrder((ushort)(last << 8));
        }
        if ((end & 2) != 0) sum += MoveWord<ushort>(source, destination, ref end);
        if ((end & 4) != 0) sum += MoveWord<uint>(source, destination, ref end);
        if ((end & 8) != 0) sum += MoveLong(source, destination, ref end);
        if (block > 16 && (end & 16) != 0)
        {
            end -= 16;
            sum += Move128(source + end, destination + end, 16);
        }
        if (block > 32 && (end & 32) != 0)
        {
            end -= 32;
            sum += Move256(source + end, destination + end, 32);
        }
        return sum;
    }

    private static uint MoveWord<T>(byte* source, byte* destination, ref nint end) where T : unmanaged
    {
        end -= sizeof(T);
        var word = Unsafe.ReadUnaligned<T>(source + end);
        Unsafe.WriteUnaligned(destination + end, word);
        return uint.CreateTruncating(sizeof(T) == 2 ? Unsafe.As<T, ushort>(ref word) : Unsafe.As<T, uint>(ref word));
    }

    private static ulong MoveLong(byte* source, byte* destination, ref nint end)
    {
        end -= sizeof(ulong);
        var word = Unsafe.ReadUnaligned<ulong>(source + end);
        Unsafe.WriteUnaligned(destination + end, word);
        return (word & uint.MaxValue) + (word >> 32);
    }

    /// <summary>Moves whole blocks of 64 bytes. How the sum is taken: <see cref="Add512"/>.</summary>
    private static ulong Move512(byte* source, byte* destination, nint end)
    {
        var (whole, upper) = (Vector512<ulong>.Zero, Vector512<ulong>.Zero);
        for (; end >= 128; end -= 128)
        {
            var second = Vector512.Load((ulong*)(source + end - 64));
            var first = Vector512.Load((ulong*)(source + end - 128));
            second.Store((ulong*)(destination + end - 64));
            first.Store((ulong*)(destination + end - 128));
            whole += first + second;
            upper += (first >>> 32) + (second >>> 32);
        }
        if (end >= 64)
        {
            var first = Vector512.Load((ulong*)source);
            first.Store((ulong*)destination);
            whole += first;
            upper += first >>> 32;
        }
        return Vector512.Sum(whole - (upper << 32) + upper);
    }

    /// <summary>Moves whole blocks of 32 bytes.</summary>
    private static ulong Move256(byte* source, byte* destination, nint end)
    {
        var (whole, upper) = (Vector256<ulong>.Zero, Vector256<ulong>.Zero);
        for (; end >= 32; end -= 32)
        {
            var words = Vector256.Load((ulong*)(source + end - 32));
            words.Store((ulong*)(destination + end - 32));
            whole += words;
            upper += words >>> 32;
        }
        return Vector256.Sum(whole - (upper << 32) + upper);
    }

    /// <summary>Moves whole blocks of 16 bytes.</summary>
    private static ulong Move128(byte* source, byte* destination, nint end)
    {
        var (whole, upper) = (Vector128<ulong>.Zero, Vector128<ulong>.Zero);
        for (; end >= 16; end -= 16)
        {
            var words = Vector128.Load((ulong*)(source + end - 16));
            words.Store((ulong*)(destination + end - 16));
            whole += words;
            upper += words >>> 32;
        }
        return Vector128.Sum(whole - (upper << 32) + upper);
    }
}
