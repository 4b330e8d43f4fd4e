package main

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

const long = `coffred keeps the safes of people accompanied by a social-action centre.

See it work with people who do not exist: coffred dev --once
Found a real vault: coffred init --dir /etc/coffre`

func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:           "coffred COMMAND",
		Short:         "Digital safe: the service and its administration",
		Long:          long,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          args(cobra.NoArgs),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.PersistentFlags().VarP(&a.output, "output", "o", "form of the output")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usage("%w (%s --help)", err, cmd.CommandPath())
	})
	root.AddCommand(
		newDev(a), newTour(a),
		newInit(a), newServe(a), newKeeper(a), newStructure(a), newAccount(a), newRebuild(a),
		newVerify(a), newTrail(a), newRecovery(a), newMaster(a), newClock(a), newDoctor(a),
		newPapers(a), newMan(), newExitCodes(),
	)
	return root
}

// args makes a wrong number of arguments an error of usage.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if err := check(cmd, given); err != nil {
			return usage("%w (%s --help)", err, cmd.CommandPath())
		}
		return nil
	}
}

// version is the module's, as the go command recorded it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// newExitCodes is a page of help: coffred help exit-codes.
func newExitCodes() *cobra.Command {
	var b strings.Builder
	b.WriteString("Exit codes of coffred:\n\n")
	for _, e := range []struct {
		code int
		text string
	}{
		{exitOK, "everything is as it has to be"},
		{exitFailed, "something did not work (disk, network, another process)"},
		{exitUsage, "the command or the configuration is not acceptable as it is"},
		{exitIntegrity, "bytes, trail or bucket are not what was signed: do not go on, find out"},
		{exitInterrupted, "interrupted"},
	} {
		fmt.Fprintf(&b, "  %3d  %s\n", e.code, e.text)
	}
	b.WriteString("\nAn unknown code is a failure. An error is one line on standard error.")
	return &cobra.Command{Use: "exit-codes", Short: "The exit codes", Long: b.String()}
}
