module edgewasm.dev/edge/benches

go 1.24

require (
	edgewasm.dev/edge v0.0.0
	github.com/tetratelabs/wazero v1.10.1
)

replace edgewasm.dev/edge => ../../sdk-go
