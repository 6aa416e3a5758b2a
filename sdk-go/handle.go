package edge

import "runtime"

// adopt makes owner the owner of one of the library's counted handles. It is freed when its Go object is unreachable,
// never earlier: closing ends what the handle leads to, and leaves the handle itself to be asked by those who still hold it.
//
// Whoever passes the handle to C keeps the Go object alive until C is done, with runtime.KeepAlive.
func adopt[O, P any](owner *O, ptr P, free func(P)) *O {
	runtime.AddCleanup(owner, free, ptr)
	return owner
}
