package storagetest

import (
	"os/exec"
	"runtime"
	"syscall"
)

// dieWithParent has the kernel end the process when this one dies without
// cleaning up, as a test that runs out of time does.
func dieWithParent(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// run starts cmd and waits for its end on one thread, as the kernel takes the
// end of that thread for the death of the parent.
func run(cmd *exec.Cmd, started chan<- error, ended chan<- struct{}) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer close(ended)
	err := cmd.Start()
	started <- err
	if err == nil {
		_ = cmd.Wait() // it is killed in the end
	}
}
