// Passes strings and arrays through the guest's memory by hand, without bindgen.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"strings"

	"edgewasm.dev/edge"
)

// guest has the exports of the guest as functions of Go.
type guest struct {
	memory          *edge.Memory
	allocate, greet func(int32) int32
	deallocate      func(int32, int32)
	fibArray        func(int32, int32) int32
	fibReturn       func(int32) int32
}

// bind makes a Go function of an export.
func bind[F any](vm *edge.Vm, name string) F {
	f, err := edge.Bind[F](vm, name)
	if err != nil {
		log.Fatal(err)
	}
	return f
}

func newGuest(vm *edge.Vm) *guest {
	memory, err := vm.Memory("memory")
	if err != nil {
		log.Fatal(err)
	}
	return &guest{
		memory:     memory,
		allocate:   bind[func(int32) int32](vm, "allocate"),
		greet:      bind[func(int32) int32](vm, "greet"),
		deallocate: bind[func(int32, int32)](vm, "deallocate"),
		fibArray:   bind[func(int32, int32) int32](vm, "fib_array"),
		fibReturn:  bind[func(int32) int32](vm, "fib_array_return_memory"),
	}
}

// greeting passes a zero-terminated string in, and reads one that comes back.
func (g *guest) greeting() {
	name := []byte("WasmEdge\x00")
	subject := g.allocate(int32(len(name)))
	if err := g.memory.Write(uint64(subject), name); err != nil {
		log.Fatal(err)
	}
	greeting := g.greet(subject)
	view := g.memory.Bytes()[greeting:] // the memory itself, not a copy
	size := bytes.IndexByte(view, 0)
	fmt.Println(string(view[:size]))
	g.deallocate(greeting, int32(size+1))
	g.deallocate(subject, int32(len(name)))
}

const (
	count = 10
	size  = 4 * count
)

// numbers are those of an array in the guest's memory.
func (g *guest) numbers(array int32) string {
	data, err := g.memory.Read(uint64(array), size)
	if err != nil {
		log.Fatal(err)
	}
	var texts []string
	for i := 0; i < size; i += 4 {
		texts = append(texts, fmt.Sprint(int32(binary.LittleEndian.Uint32(data[i:]))))
	}
	return strings.Join(texts, " ")
}

// fibArrays lets the guest fill an array of ours, and return one of its own.
func (g *guest) fibArrays() {
	array := g.allocate(size)
	fmt.Println("fib_array() returned:", g.fibArray(count, array))
	fmt.Println("fib_array memory:", g.numbers(array))
	g.deallocate(array, size)

	array = g.fibReturn(count)
	fmt.Println("fib_array_return_memory memory:", g.numbers(array))
	g.deallocate(array, size)
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: memory WASM")
	}
	vm, err := edge.Load(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	defer vm.Close()
	g := newGuest(vm)
	g.greeting()
	g.fibArrays()
}
