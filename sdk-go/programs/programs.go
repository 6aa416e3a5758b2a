// Package programs has small programs that other runtimes document for Go, written with this one: each is an example in a file of its
// own, and what it prints is compared with what their documentation says.
//
// What differs: a compiled guest needs no steps in an order, nothing is released by hand, and host functions are closures without
// prototypes in C. Guests written in TinyGo are left out (the programs for the same guests in Rust pass strings and arrays in the
// same way), as are the command line tools as functions (they are one program, edge) and TensorFlow.
package programs

import "context"

// background is for calls that nothing ends.
var background = context.Background()

// must is for programs that end at the first error, as short ones do.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// fibonacci is a text module whose function fib makes the Fibonacci numbers, beginning with two ones.
const fibonacci = "../../tests/guests/plain/fibonacci.wat"

// guests is where tools/build-guests puts what it makes of Rust.
const guests = "../../target/guests/wasm/"
