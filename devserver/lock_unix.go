//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package devserver

import (
	"os"
	"syscall"
)

// lockFile opens path and locks it for this process. The kernel releases the
// lock when the process ends, however it ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}
