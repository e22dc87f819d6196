package devserver

import (
	"os"
	"syscall"
)

// fileLock is a file that is open for nobody else to write. It is a bare
// handle: an os.File would be closed, and the lock lost, when a caller that
// serves until it is killed no longer refers to its Server.
type fileLock struct {
	handle syscall.Handle
}

// lockFile locks the file for this process and leaves the note in it. The
// system releases the lock when the process ends, however it ends.
func lockFile(path, note string) (*fileLock, error) {
	name, err := syscall.UTF16PtrFromString(path)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	handle, err := syscall.CreateFile(name, syscall.GENERIC_READ|syscall.GENERIC_WRITE, syscall.FILE_SHARE_READ, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if err != nil {
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	if err := syscall.SetEndOfFile(handle); err == nil {
		_, _ = syscall.Write(handle, []byte(note))
	}
	return &fileLock{handle: handle}, nil
}

func (l *fileLock) close() {
	_ = syscall.CloseHandle(l.handle)
}
