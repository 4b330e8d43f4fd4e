package dir_test

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"github.com/coffre-fort/coffre/storage"
	"github.com/coffre-fort/coffre/storage/storagetest"
)

// fullDisk tells the child of a test what kind of full disk to make.
const fullDisk = "COFFRE_TEST_FULL_DISK"

// TestFullDiskWritesNothing fills a real disk: a small tmpfs in a namespace of
// its own, where the kernel allows one, and a limit on the size of files
// everywhere. Both need a process of their own.
func TestFullDiskWritesNothing(t *testing.T) {
	t.Parallel()
	if kind := os.Getenv(fullDisk); kind != "" {
		fillDisk(t, kind)
		return
	}
	for _, kind := range []string{"file size limit", "tmpfs"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestFullDiskWritesNothing$", "-test.v")
			cmd.Env = append(os.Environ(), fullDisk+"="+kind)
			if kind == "tmpfs" {
				cmd.SysProcAttr = &syscall.SysProcAttr{
					Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
					UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
					GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
				}
			}
			output, err := cmd.CombinedOutput()
			if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EINVAL) {
				t.Skipf("no namespaces here: %v", err)
			}
			if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == noMount {
				t.Skip("no mounts here")
			}
			if err != nil {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}

const (
	noMount  = 77
	diskSize = 256 << 10
)

func fillDisk(t *testing.T, kind string) {
	top, cause := t.TempDir(), error(syscall.ENOSPC)
	switch kind {
	case "tmpfs":
		if err := syscall.Mount("coffre", top, "tmpfs", 0, "size=256k"); err != nil {
			os.Exit(noMount)
		}
	default:
		cause = syscall.EFBIG
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: diskSize, Max: diskSize}); err != nil {
			t.Fatal(err)
		}
	}
	b := open(t, top)
	k := storagetest.Key(t, "o")
	err := b.Put(t.Context(), k, storagetest.Content(t, 2*diskSize).Ciphertext())
	if !errors.Is(err, storage.ErrUnavailable) || !errors.Is(err, cause) {
		t.Errorf("put on a full disk = %v, want unavailable for %v", err, cause)
	}
	if _, err := b.Stat(t.Context(), k); !errors.Is(err, storage.ErrNotExist) {
		t.Errorf("stat = %v, want not exist", err)
	}
	wantNoStaging(t, top)
	// There is room again for what fits.
	if err := b.Put(t.Context(), k, storagetest.Content(t, 1000).Ciphertext()); err != nil {
		t.Error(err)
	}
	if kind == "tmpfs" {
		if err := syscall.Unmount(top, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}
}
