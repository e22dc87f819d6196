//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package devserver

import (
	"os"
	"syscall"
)

// fileLock is a locked file. It is a bare descriptor: an os.File would be
// closed, and the lock lost, when a caller that serves until it is killed no
// longer refers to its Server.
type fileLock struct {
	fd int
}

// lockFile locks the file for this process and leaves the note in it. The
// kernel releases the lock when the process ends, however it ends.
func lockFile(path, note string) (*fileLock, error) {
	fd, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CREAT|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	l := &fileLock{fd: fd}
	if err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		l.close()
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	if err := syscall.Ftruncate(fd, 0); err == nil {
		_, _ = syscall.Write(fd, []byte(note))
	}
	return l, nil
}

func (l *fileLock) close() {
	_ = syscall.Close(l.fd)
}
