//go:build !linux

package storagetest

import "os/exec"

// dieWithParent does nothing where no kernel ends orphans.
func dieWithParent(*exec.Cmd) {}

func run(cmd *exec.Cmd, started chan<- error, ended chan<- struct{}) {
	defer close(ended)
	err := cmd.Start()
	started <- err
	if err == nil {
		_ = cmd.Wait() // it is killed in the end
	}
}
