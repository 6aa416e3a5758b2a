package edge

// #cgo CFLAGS: -I${SRCDIR}/internal/lib/linux_amd64
// #cgo LDFLAGS: ${SRCDIR}/internal/lib/linux_amd64/libedge.a -lgcc_s -lpthread -lm -ldl
import "C"

// Imported for its hash alone: see tools/build.
import _ "edgewasm.dev/edge/internal/lib/linux_amd64"
