using System.Collections;
using System.Security.Cryptography;
using PfsVpn.Cli.Output;
using QRCoder;

namespace PfsVpn.Cli.Provision;

/// <summary>A QR code and the forms that it is shown in.</summary>
/// <remarks>
/// References: ISO/IEC 18004 (byte mode, error correction L, quiet zone of 4 modules), by QRCoder.
/// Spec deviation: the library takes its input from managed memory and computes in it, so a key is in the heap for as long as a code is made.
/// What can be reached is erased: the input, which is pinned so that no copy is left behind, and the picture. For the rest a code is only ever
/// made in a process that does nothing else and ends (<see cref="QrCommand"/>): no core, no debugger, and locked into memory where that is allowed.
/// Ownership: whoever made it disposes it. Threading: one thread.
/// </remarks>
internal sealed class QrCode : IDisposable
{
    /// <summary>The longest content in bytes: version 40, L.</summary>
    public const int LargestPayload = 2953;

    private const int PixelsPerModule = 8;

    // Fixed colours of the 256, not the first 16, which themes change: white on black, whatever the terminal has.
    private const string Colours = "\e[38;5;231;48;5;16m", InvertedColours = "\e[38;5;16;48;5;231m", NoColours = "\e[0m";

    private readonly QRCodeData _data;

    private QrCode(QRCodeData data) => _data = data;

    /// <summary>Modules on a side, the quiet zone included.</summary>
    public int Size => _data.ModuleMatrix.Count;

    /// <summary>Makes a code of up to <see cref="LargestPayload"/> bytes.</summary>
    public static QrCode Make(ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, LargestPayload);
        var input = GC.AllocateUninitializedArray<byte>(payload.Length, pinned: true);
        try
        {
            payload.CopyTo(input);
            return new QrCode(QRCodeGenerator.GenerateQrCode(input, QRCodeGenerator.ECCLevel.L));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(input);
        }
    }

    /// <summary>Prints it with half blocks, two rows a line. Without colours it is right for a dark terminal, and inverted for a light one.</summary>
    public void PrintTerminal(LockedWriter output, bool colours, bool invert)
    {
        for (var y = 0; y < Size; y += 2)
        {
            if (colours) output.Write(invert ? InvertedColours : Colours);
            for (var x = 0; x < Size; x++)
                output.Write((IsLit(x, y) != (invert && !colours), IsLit(x, y + 1) != (invert && !colours)) switch
                {
                    (true, true) => "█",
                    (true, false) => "▀",
                    (false, true) => "▄",
                    _ => " ",
                });
            if (colours) output.Write(NoColours);
            output.Write("\n");
        }
    }

    /// <summary>Writes an SVG picture: a white square and one path of all dark modules.</summary>
    public void WriteSvg(LockedWriter output, bool invert)
    {
        var (ground, ink) = invert ? ("#000", "#fff") : ("#fff", "#000");
        output.Write($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Size} {Size}\" width=\"{Size * PixelsPerModule}\" height=\"{Size * PixelsPerModule}\" shape-rendering=\"crispEdges\">\n");
        output.Write($"<rect width=\"{Size}\" height=\"{Size}\" fill=\"{ground}\"/>\n<path fill=\"{ink}\" d=\"");
        for (var y = 0; y < Size; y++)
        {
            for (var x = 0; x < Size; x++)
            {
                var from = x;
                while (x < Size && !IsLit(x, y)) x++;
                if (x > from) output.Write("M").Write((ulong)from).Write(" ").Write((ulong)y).Write("h").Write((ulong)(x - from)).Write("v1H").Write((ulong)from).Write("z");
            }
        }
        output.Write("\"/>\n</svg>\n");
    }

    /// <summary>Writes a PNG picture of 8 pixels a module.</summary>
    public void WritePng(IByteSink output, bool invert)
    {
        byte[] black = [0, 0, 0, 255], white = [255, 255, 255, 255];
        // Not disposed: it would take the code along, which is not its own.
        var png = new PngByteQRCode(_data);
        var picture = invert ? png.GetGraphic(PixelsPerModule, white, black) : png.GetGraphic(PixelsPerModule);
        try
        {
            output.Write(picture);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(picture);
        }
    }

    /// <summary>Erases the picture.</summary>
    public void Dispose()
    {
        foreach (BitArray row in _data.ModuleMatrix ?? []) row.SetAll(false);
        _data.Dispose();
    }

    /// <summary>Whether a module is light; below the last row, where half a line is left, nothing is.</summary>
    private bool IsLit(int x, int y) => y < Size && !_data.ModuleMatrix[y][x];
}
