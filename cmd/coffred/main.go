// Command coffred is the service and its administration: it founds a vault,
// serves it, verifies it, and shows it with fictitious people.
//
// It parses what an operator types and calls the packages that know. It speaks
// English to operators; what is printed for people is French. It holds no rule
// about access and no cryptography of its own.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the program: it returns the exit code (coffred help exit-codes).
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{stdout: stdout, stderr: stderr, output: formatText}
	root := newRoot(a)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	code := exitCode(err)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		code = exitInterrupted
	}
	// Several findings are still one line.
	fmt.Fprintln(stderr, "coffred: "+strings.ReplaceAll(err.Error(), "\n", "; "))
	return code
}
