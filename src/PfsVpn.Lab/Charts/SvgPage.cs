using System.Globalization;
using System.Security;
using System.Text;

namespace PfsVpn.Lab.Charts;

/// <summary>A picture in SVG: text, bars and lines by the names of a few styles, legible on light and on dark backgrounds. No script, no font of its own.</summary>
internal sealed class SvgPage
{
    private const string Styles = """
        <style>
          .page { fill: #ffffff } .text { fill: #1f2328 } .quiet { fill: #59636e } .grid { stroke: #d1d9e0 } .axis { stroke: #59636e }
          .safe { fill: #1a7f37 } .open { fill: #bc4c00 } .other { fill: #4c8dd6 } .back { fill: #eaeef2 }
          @media (prefers-color-scheme: dark) {
            .page { fill: #0d1117 } .text { fill: #e6edf3 } .quiet { fill: #9198a1 } .grid { stroke: #3d444d } .axis { stroke: #9198a1 }
            .safe { fill: #3fb950 } .open { fill: #f0883e } .other { fill: #58a6ff } .back { fill: #262c36 }
          }
        </style>

        """;

    private readonly StringBuilder _text = new();

    /// <summary>An empty page.</summary>
    public SvgPage(int width, int height, string title)
    {
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" font-family=\"system-ui, sans-serif\" font-size=\"12\" role=\"img\">");
        Add($"<title>{Escaped(title)}</title>");
        _text.Append(Styles);
        Add($"<rect class=\"page\" width=\"{width}\" height=\"{height}\"/>");
        Text(16, 26, title, size: 15, bold: true);
    }

    /// <summary>A line of text; <paramref name="anchor"/> is start, middle or end.</summary>
    public SvgPage Text(double x, double y, string content, string style = "text", string anchor = "start", int size = 12, bool bold = false)
    {
        Add($"<text class=\"{style}\" x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" font-size=\"{size}\"{(bold ? " font-weight=\"600\"" : "")}>{Escaped(content)}</text>");
        return this;
    }

    /// <summary>A filled rectangle.</summary>
    public SvgPage Bar(double x, double y, double width, double height, string style)
    {
        Add($"<rect class=\"{style}\" x=\"{x:0.##}\" y=\"{y:0.##}\" width=\"{width:0.##}\" height=\"{height:0.##}\"/>");
        return this;
    }

    /// <summary>A straight line.</summary>
    public SvgPage Line(double x1, double y1, double x2, double y2, string style = "grid")
    {
        Add($"<line class=\"{style}\" x1=\"{x1:0.##}\" y1=\"{y1:0.##}\" x2=\"{x2:0.##}\" y2=\"{y2:0.##}\"/>");
        return this;
    }

    /// <summary>The whole picture.</summary>
    public override string ToString() => _text + "</svg>\n";

    private static string Escaped(string text) => SecurityElement.Escape(text);

    private void Add(FormattableString line) => _text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
