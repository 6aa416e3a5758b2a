// Package bindgen calls guest functions by name, without a context: the shortest way from Go into a guest.
//
//	bg := bindgen.New(vm)
//	res, err := bg.Execute("infer", img)
package bindgen

import (
	"context"

	"edgewasm.dev/edge"
)

// Bindgen calls the functions of one VM.
type Bindgen struct{ vm *edge.Vm }

// New is for the functions of vm.
func New(vm *edge.Vm) *Bindgen { return &Bindgen{vm} }

// Execute calls the guest function name with native values. An Err of the guest is an [*edge.Error] of kind
// [edge.KindGuestError] with the typed value.
func (b *Bindgen) Execute(name string, args ...any) (any, error) {
	return b.vm.Run(context.Background(), name, args...)
}

// Release closes the VM.
func (b *Bindgen) Release() error { return b.vm.Close() }
