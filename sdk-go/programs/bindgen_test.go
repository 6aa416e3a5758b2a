package programs

import (
	"fmt"

	"edgewasm.dev/edge"
	"edgewasm.dev/edge/bindgen"
)

// Strings, bytes and numbers go to functions of a guest in Rust and come back, with nothing to unpack.
func Example_bindgenFunctions() {
	bg := bindgen.New(must(edge.Load(guests + "bindgen_funcs.wasm")))
	defer bg.Release()
	run := func(name string, args ...any) {
		if result, err := bg.Execute(name, args...); err == nil {
			fmt.Printf("Run bindgen -- %s: %v\n", name, result)
		} else {
			fmt.Printf("Run bindgen -- %s FAILED %v\n", name, err)
		}
	}
	run("create_line", `{"x":1.5,"y":3.8}`, `{"x":2.5,"y":5.8}`, "A thin red line")
	run("say", "bindgen funcs test")
	run("obfusticate", "A quick brown fox jumps over the lazy dog")
	run("lowest_common_multiple", int32(123), int32(2))
	run("sha3_digest", []byte("This is an important message"))
	run("keccak_digest", []byte("This is an important message"))
	// Output:
	// Run bindgen -- create_line: {"points":[{"x":1.5,"y":3.8},{"x":2.5,"y":5.8}],"valid":true,"length":2.2360682,"desc":"A thin red line"}
	// Run bindgen -- say: hello bindgen funcs test
	// Run bindgen -- obfusticate: N dhvpx oebja sbk whzcf bire gur ynml qbt
	// Run bindgen -- lowest_common_multiple: 246
	// Run bindgen -- sha3_digest: [87 27 231 209 189 105 251 49 159 10 211 250 15 159 154 181 43 218 26 141 56 199 25 45 60 10 20 163 54 211 195 203]
	// Run bindgen -- keccak_digest: [126 194 241 200 151 116 227 33 216 99 159 22 107 3 177 169 216 191 114 156 174 193 32 159 246 228 245 133 52 75 55 27]
}
