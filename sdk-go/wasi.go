package edge

// #include "shim.h"
import "C"

import (
	"io"
	"os"
	"strings"
	"sync"
)

// Wasi is what a WASI guest gets: by default no arguments, no environment, no directories, an empty standard input, and
// the host's own output.
type Wasi struct {
	// Args are the arguments; the first is the program's name by custom.
	Args []string
	// Env is the environment; InheritEnv adds the host's under it.
	Env        map[string]string
	InheritEnv bool
	// Dirs are directories that the guest may use, its names to the host's. A host path that ends in ":ro" is opened for
	// reading only.
	Dirs map[string]string
	// Stdin is read: os.Stdin as the guest asks for it, any other reader to its end by Load.
	Stdin io.Reader
	// Stdout and Stderr: nil and the host's own (os.Stdout, os.Stderr), [Capture], or any other writer, which gets what
	// the guest has written when a call ends. Both keep what is written until Reset, 64 MiB at most.
	Stdout, Stderr io.Writer
}

// Capture as a stream of [Wasi] keeps what the guest writes, for [Vm.Stdout] and [Vm.Stderr].
var Capture io.Writer = capture{}

// readOnlySuffix is as in `edge run --dir`.
const readOnlySuffix = ":ro"

// raw makes the library's configuration; the caller frees it.
func (w *Wasi) raw() (raw *C.edge_wasi_t, err error) {
	raw = C.edge_wasi_new()
	defer func() {
		if err != nil {
			C.edge_wasi_free(raw)
		}
	}()
	for _, arg := range w.Args {
		data, size := stringArg(arg)
		if err = takeError(C.edge_wasi_arg(raw, data, size)); err != nil {
			return nil, err
		}
	}
	if w.InheritEnv {
		if err = takeError(C.edge_wasi_inherit_env(raw)); err != nil {
			return nil, err
		}
	}
	for key, value := range w.Env {
		k, klen := stringArg(key)
		v, vlen := stringArg(value)
		if err = takeError(C.edge_wasi_env(raw, k, klen, v, vlen)); err != nil {
			return nil, err
		}
	}
	for guest, host := range w.Dirs {
		path, readOnly := strings.CutSuffix(host, readOnlySuffix)
		g, glen := stringArg(guest)
		h, hlen := stringArg(path)
		if err = takeError(C.edge_wasi_dir(raw, g, glen, h, hlen, C.bool(readOnly))); err != nil {
			return nil, err
		}
	}
	return raw, w.streams(raw)
}

func (w *Wasi) streams(raw *C.edge_wasi_t) error {
	switch {
	case w.Stdin == nil:
	case w.Stdin == io.Reader(os.Stdin):
		if err := takeError(C.edge_wasi_stdin_inherit(raw)); err != nil {
			return err
		}
	default:
		all, err := io.ReadAll(w.Stdin)
		if err != nil {
			failed := newError(PhaseIO, KindIO, "standard input of the guest cannot be read: %v", err)
			failed.cause = err
			return failed
		}
		data, size := bytesArg(all)
		if err := takeError(C.edge_wasi_stdin_bytes(raw, data, size)); err != nil {
			return err
		}
	}
	if captures(w.Stdout, os.Stdout) {
		if err := takeError(C.edge_wasi_stdout_capture(raw)); err != nil {
			return err
		}
	}
	if captures(w.Stderr, os.Stderr) {
		return takeError(C.edge_wasi_stderr_capture(raw))
	}
	return nil
}

func captures(w io.Writer, own *os.File) bool { return w != nil && w != io.Writer(own) }

// forward passes on what a guest wrote to writers of Go's.
type forward struct {
	to   io.Writer
	done int
}

// forwards lists the streams that have such writers.
func (w *Wasi) forwards() (out, err *forward) {
	if captures(w.Stdout, os.Stdout) && w.Stdout != Capture {
		out = &forward{to: w.Stdout}
	}
	if captures(w.Stderr, os.Stderr) && w.Stderr != Capture {
		err = &forward{to: w.Stderr}
	}
	return out, err
}

// pass writes what is new.
func (f *forward) pass(all []byte) error {
	f.done = min(f.done, len(all))
	if f.done == len(all) {
		return nil
	}
	n, err := f.to.Write(all[f.done:])
	f.done += n
	if err != nil {
		failed := newError(PhaseIO, KindIO, "output of the guest cannot be written: %v", err)
		failed.cause = err
		return failed
	}
	return nil
}

// capture is a writer by its type alone.
type capture struct{}

func (capture) Write(p []byte) (int, error) { return len(p), nil }

// sharedWriter is a writer that several guests write to, one at a time.
type sharedWriter struct {
	mutex *sync.Mutex
	to    io.Writer
}

func (w sharedWriter) Write(p []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.to.Write(p)
}

// shared is the same for several guests: both streams may be one writer, so one mutex guards both.
func (w *Wasi) shared() *Wasi {
	if w == nil {
		return nil
	}
	out, mutex := *w, new(sync.Mutex)
	if forwarded, _ := w.forwards(); forwarded != nil {
		out.Stdout = sharedWriter{mutex, w.Stdout}
	}
	if _, forwarded := w.forwards(); forwarded != nil {
		out.Stderr = sharedWriter{mutex, w.Stderr}
	}
	return &out
}
