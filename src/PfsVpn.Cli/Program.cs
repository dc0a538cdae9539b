using PfsVpn.Cli;

// Lab processes are there to be looked into: a core of one is made and searched. They inherit the limit from the experiment.
if (args is not ["lab", ..]) NativeProcess.RefuseDumps();
using var context = CliContext.System();
return CommandTree.Run(context, args);
