using System.Reflection;
using System.Text;

namespace PfsVpn.Tests.Architecture;

/// <summary>All that an application can see of an assembly, one line each, in order.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The lines of an assembly.</summary>
    public static IEnumerable<string> Of(Assembly assembly) =>
        from type in assembly.GetExportedTypes()
        from line in Lines(type).Order(StringComparer.Ordinal)
        orderby type.FullName, line.StartsWith("type ", StringComparison.Ordinal) ? 0 : 1, line
        select line;

    private static IEnumerable<string> Lines(Type type)
    {
        yield return $"type {Name(type)}{Bases(type)}";
        foreach (var member in type.GetMembers(Declared))
        {
            if (Describe(member) is { } text) yield return $"{Name(type)}.{text}";
        }
    }

    private static string? Describe(MemberInfo member) => member switch
    {
        ConstructorInfo made when IsVisible(made) => $"new({Parameters(made)})",
        MethodInfo called when IsVisible(called) && !called.IsSpecialName => $"{called.Name}({Parameters(called)}): {Name(called.ReturnType)}{(called.IsStatic ? " static" : "")}",
        MethodInfo called when IsVisible(called) && called.Name.StartsWith("op_", StringComparison.Ordinal) => $"{called.Name}({Parameters(called)}): {Name(called.ReturnType)}",
        PropertyInfo property when property.GetAccessors().Length > 0 => $"{property.Name}: {Name(property.PropertyType)} {{{Accessors(property)} }}",
        FieldInfo field when field.IsPublic || field.IsFamily => $"{field.Name}: {Name(field.FieldType)}{(field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")}",
        EventInfo raised => $"event {raised.Name}: {Name(raised.EventHandlerType!)}",
        _ => null,
    };

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Accessors(PropertyInfo property)
    {
        var set = property.GetSetMethod();
        var isInit = set?.ReturnParameter.GetRequiredCustomModifiers().Length > 0;
        return (property.GetGetMethod() is null ? "" : " get;") + (set is null ? "" : isInit ? " init;" : " set;");
    }

    private static string Parameters(MethodBase method) =>
        string.Join(", ", method.GetParameters().Select(static parameter => $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "")}"));

    private static string Bases(Type type)
    {
        var bases = type.GetInterfaces().Select(Name).Order(StringComparer.Ordinal).ToList();
        if (type.BaseType is { } parent && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum)) bases.Insert(0, Name(parent));
        return bases.Count == 0 ? "" : " : " + string.Join(", ", bases);
    }

    private static string Name(Type type)
    {
        if (!type.IsGenericType) return type.FullName is null || type.Namespace is "System" ? type.Name : type.FullName;
        var name = new StringBuilder(type.Namespace is "System" ? "" : type.Namespace + ".").Append(type.Name.Split('`')[0]).Append('<');
        return name.AppendJoin(", ", type.GetGenericArguments().Select(Name)).Append('>').ToString();
    }
}
