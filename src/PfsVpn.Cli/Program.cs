using PfsVpn.Cli;
using PfsVpn.Cli.Rootless;

using var context = CliContext.System();
// It holds no secret, and becomes a program of the user's.
if (args is [InsidePlan.Command, .. var plan]) return InsideProgram.Run(context, plan);
// Lab processes are there to be looked into: a core of one is made and searched. They inherit the limit from the experiment.
if (args is not ["lab", ..]) NativeProcess.RefuseDumps(alsoOfChildren: args is not ["exec", ..]);
return CommandTree.Run(context, args);
