package edge_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"edgewasm.dev/edge"
)

// large is a guest whose code is worth keeping, to a cache, and that says which one it is.
func large(number int) string {
	return fmt.Sprintf(`(module (memory 1) (data (i32.const 0) "%s") (func (export "f") (result i32) (i32.const %d)))`,
		strings.Repeat("x", 5000), number)
}

// found loads a guest by an engine with this cache, and tells whether it was there.
func found(t *testing.T, cache edge.Cache, number int, others ...edge.Config) bool {
	t.Helper()
	config := append(others, edge.Config{})[0]
	config.Cache = &cache
	engine := must[*edge.Engine](t)(edge.NewEngine(config))
	module := must[*edge.Module](t)(edge.ModuleFromText(engine, large(number)))
	vm := must[*edge.Vm](t)(edge.Load(module, engine))
	defer vm.Close()
	if got, err := vm.Run(background, "f"); got != int32(number) || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	return module.Precompiled()
}

// kept are the files of a cache.
func kept(t *testing.T, dir string) (paths []string) {
	t.Helper()
	for _, entry := range must[[]os.DirEntry](t)(os.ReadDir(dir)) {
		paths = append(paths, filepath.Join(dir, entry.Name()))
	}
	return paths
}

func TestCache(t *testing.T) {
	cache := edge.Cache{Dir: filepath.Join(t.TempDir(), "made", "when needed")}
	if found(t, cache, 1) || !found(t, cache, 1) || found(t, cache, 2) || found(t, cache, 1, edge.Config{Fuel: true}) {
		t.Error("the second time, and only then, it is there")
	}
	if files := kept(t, cache.Dir); len(files) != 3 {
		t.Errorf("got %v", files)
	}
	// Loading from a path by an engine of its own.
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	wat := filepath.Join(t.TempDir(), "guest.wat")
	if err := os.WriteFile(wat, []byte(large(3)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, there := range []bool{false, true} {
		vm := must[*edge.Vm](t)(edge.Load(wat, edge.WithCache(edge.Cache{Dir: dir})))
		if vm.Module().Precompiled() != there {
			t.Errorf("in the cache: %v", !there)
		}
		vm.Close()
	}
}

func TestDamageInCaches(t *testing.T) {
	cache := edge.Cache{Dir: filepath.Join(t.TempDir(), "cache")}
	found(t, cache, 1)
	file := kept(t, cache.Dir)[0]
	whole := must[[]byte](t)(os.ReadFile(file))
	for _, damaged := range [][]byte{nil, []byte("hello"), whole[:len(whole)/2]} {
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if found(t, cache, 1) || !found(t, cache, 1) {
			t.Errorf("%d bytes are not replaced", len(damaged))
		}
	}
}

func TestCachesThatOthersCanWriteTo(t *testing.T) {
	cache := edge.Cache{Dir: filepath.Join(t.TempDir(), "cache")}
	found(t, cache, 1)
	if err := os.Chmod(cache.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if found(t, cache, 1) || found(t, cache, 2) || len(kept(t, cache.Dir)) != 1 {
		t.Error("a directory that others can write to was used")
	}
	if err := os.Chmod(cache.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if !found(t, cache, 1) {
		t.Error("what nobody else can write to is not used")
	}
	if err := os.Chmod(kept(t, cache.Dir)[0], 0o666); err != nil {
		t.Fatal(err)
	}
	if found(t, cache, 1) {
		t.Error("a file that others can write to was used")
	}
	// A place that cannot be is no error.
	if nowhere := (edge.Cache{Dir: "/proc/none"}); found(t, nowhere, 1) || found(t, nowhere, 1) {
		t.Error("there is no such place")
	}
}

func TestSizesOfCaches(t *testing.T) {
	cache := edge.Cache{Dir: filepath.Join(t.TempDir(), "cache"), MaxSize: 100}
	if found(t, cache, 1) || found(t, cache, 1) || len(kept(t, cache.Dir)) != 0 {
		t.Error("100 bytes are too few")
	}
}

func TestCacheOfTheUser(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", home)
	engine := must[*edge.Engine](t)(edge.NewEngine(edge.Config{Cache: &edge.Cache{}}))
	if got := engine.Config().Cache; got == nil || *got != (edge.Cache{Dir: filepath.Join(home, "edge"), MaxSize: 1 << 30}) {
		t.Errorf("got %+v", got)
	}
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	_, err := edge.NewEngine(edge.Config{Cache: &edge.Cache{MaxSize: 4096}})
	want(t, err, edge.KindIO, "XDG_CACHE_HOME")
	_, err = edge.Load(conformanceWasm, edge.WithCache(edge.Cache{}))
	want(t, err, edge.KindIO, "XDG_CACHE_HOME")
}

func TestSettingsOfCompiling(t *testing.T) {
	var none *edge.Engine
	if c := none.Config(); c.Compile != edge.Eager || c.Cache != nil || c.Target != edge.TargetHost {
		t.Errorf("the defaults are %+v", c)
	}
	cache := edge.Cache{Dir: "some/where", MaxSize: 5}
	given := edge.Config{Compile: edge.Lazy, Cache: &cache, Target: otherMachine}
	engine := must[*edge.Engine](t)(edge.NewEngine(given))
	cache.Dir = "elsewhere" // of no effect any more
	c := engine.Config()
	if c.Compile != edge.Lazy || c.Target != otherMachine || c.Cache == nil || *c.Cache != (edge.Cache{Dir: "some/where", MaxSize: 5}) {
		t.Errorf("got %+v", c)
	}
}

const lazyText = `(module
	(func $a (export "a") (result i32) (i32.const 1))
	(func $b (export "b") (result i32) (i32.add (call $a) (call $c)))
	(func $c (result i32) (i32.const 10))
	(func (export "never") (unreachable)))`

func TestOnlyWhatIsCalledIsCompiled(t *testing.T) {
	wat := filepath.Join(t.TempDir(), "lazy.wat")
	if err := os.WriteFile(wat, []byte(lazyText), 0o600); err != nil {
		t.Fatal(err)
	}
	module := must[*edge.Module](t)(edge.LoadModule(wat, edge.WithCompile(edge.Lazy)))
	count := func(expected int) {
		t.Helper()
		if compiled, total := module.CompiledFunctions(); compiled != expected || total != 4 {
			t.Errorf("%d of %d, not %d", compiled, total, expected)
		}
	}
	first, second := must[*edge.Vm](t)(edge.Load(module)), must[*edge.Vm](t)(edge.Load(module))
	defer first.Close()
	defer second.Close()
	count(0)
	for _, c := range []struct {
		vm              *edge.Vm
		name            string
		result, counted int
	}{{first, "a", 1, 1}, {first, "b", 11, 3}, {second, "b", 11, 3}} {
		if got, err := edge.Call[int](background, c.vm, c.name); got != c.result || err != nil {
			t.Errorf("%s: got %d, %v", c.name, got, err)
		}
		count(c.counted)
	}
	_, err := first.Run(background, "never")
	want(t, err, edge.KindUnreachable)
	count(4)

	// What is written has everything.
	lazy := must[*edge.Module](t)(edge.LoadModule(wat, edge.WithCompile(edge.Lazy)))
	file := must[[]byte](t)(lazy.Serialize(edge.Native))
	if compiled, total := must[*edge.Module](t)(edge.LoadTrustedModule(file)).CompiledFunctions(); compiled != 4 || total != 4 {
		t.Errorf("%d of %d", compiled, total)
	}
	if compiled, total := must[*edge.Module](t)(edge.LoadModule(wat)).CompiledFunctions(); compiled != 4 || total != 4 {
		t.Errorf("%d of %d", compiled, total)
	}
}

// Goroutines that come first at the same time all get their results.
func TestLazyGuestsOnManyGoroutines(t *testing.T) {
	wat := filepath.Join(t.TempDir(), "lazy.wat")
	if err := os.WriteFile(wat, []byte(lazyText), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		pool := must[*edge.Pool](t)(edge.NewPool(wat, edge.WithCompile(edge.Lazy), edge.WithSize(4)))
		var callers sync.WaitGroup
		for range 4 {
			callers.Add(1)
			go func() {
				defer callers.Done()
				if got, err := pool.Run(background, "b"); got != int32(11) || err != nil {
					t.Errorf("got %v, %v", got, err)
				}
			}()
		}
		callers.Wait()
		if compiled, _ := pool.Module().CompiledFunctions(); compiled != 3 {
			t.Errorf("%d functions", compiled)
		}
		pool.Close()
	}
}

// reports has what was reported last, and fails unless the numbers grow.
type reports struct {
	t     *testing.T
	calls int
	last  int
	total int
}

func (r *reports) option() edge.Option {
	return edge.WithProgress(func(done, total int) {
		if done <= r.last || done > total || r.total != 0 && total != r.total {
			r.t.Errorf("%d of %d after %d of %d", done, total, r.last, r.total)
		}
		r.calls, r.last, r.total = r.calls+1, done, total
	})
}

func TestProgress(t *testing.T) {
	wasm := must[[]byte](t)(os.ReadFile(conformanceWasm))
	out := filepath.Join(t.TempDir(), "out.edge")
	for name, load := range map[string]func(edge.Option) error{
		"bytes":   func(o edge.Option) error { _, err := edge.LoadModule(wasm, o); return err },
		"a file":  func(o edge.Option) error { _, err := edge.LoadModule(conformanceWasm, o); return err },
		"a guest": func(o edge.Option) error { _, err := edge.Load(wasm, o, hosts(new(uint64))); return err },
		"a pool":  func(o edge.Option) error { _, err := edge.NewPool(conformanceWasm, o, hosts(new(uint64))); return err },
		"a compiler": func(o edge.Option) error {
			return edge.CompileFile(conformanceWasm, out, o, edge.WithTarget(otherMachine))
		},
	} {
		seen := &reports{t: t}
		if err := load(seen.option()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if seen.calls == 0 || seen.last != seen.total {
			t.Errorf("%s: %d reports, the last %d of %d", name, seen.calls, seen.last, seen.total)
		}
	}
	_, total := must[*edge.Module](t)(edge.NewModule(nil, wasm)).CompiledFunctions()
	seen := &reports{t: t}
	must[*edge.Module](t)(edge.LoadModule(wasm, seen.option()))
	if seen.total != total {
		t.Errorf("%d functions, reported are %d", total, seen.total)
	}
}

func TestProgressOfNothing(t *testing.T) {
	wasm := must[[]byte](t)(os.ReadFile(conformanceWasm))
	module := must[*edge.Module](t)(edge.NewModule(nil, wasm))
	native := must[[]byte](t)(module.Serialize(edge.Native))
	seen := &reports{t: t}
	for name, err := range map[string]error{
		"lazy":        second(edge.LoadModule(wasm, seen.option(), edge.WithCompile(edge.Lazy))),
		"trusted":     second(edge.LoadTrustedModule(native, seen.option())),
		"a module":    second(edge.Load(module, seen.option(), hosts(new(uint64)))),
		"none to ask": second(edge.LoadModule(wasm, edge.WithProgress(nil))),
	} {
		if err != nil || seen.calls != 0 {
			t.Errorf("%s: %v, %d reports", name, err, seen.calls)
		}
	}
	_, err := edge.LoadModule([]byte("not a module"), seen.option())
	want(t, err, edge.KindMalformed)
	_, err = edge.LoadModule("no/such/file.wasm", seen.option())
	want(t, err, edge.KindIO, "no/such/file.wasm")
}

func second[T any](_ T, err error) error { return err }

// A report may do whatever Go can do: compile another module, or panic, and nothing is left behind.
func TestReportsThatDoMore(t *testing.T) {
	wasm := must[[]byte](t)(os.ReadFile(conformanceWasm))
	inner := 0
	must[*edge.Module](t)(edge.LoadModule(wasm, edge.WithProgress(func(int, int) {
		if inner++; inner == 1 {
			must[*edge.Module](t)(edge.LoadModule(wasm, edge.WithProgress(func(int, int) { inner++ })))
		}
	})))
	if inner < 2 {
		t.Errorf("%d reports", inner)
	}
	panicked := func() (value any) {
		defer func() { value = recover() }()
		_, _ = edge.LoadModule(wasm, edge.WithProgress(func(int, int) { panic("enough") }))
		return nil
	}
	for range 3 {
		if value := panicked(); value != "enough" {
			t.Errorf("got %v", value)
		}
	}
	seen := &reports{t: t}
	must[*edge.Module](t)(edge.LoadModule(wasm, seen.option()))
	if seen.last != seen.total || seen.calls == 0 {
		t.Errorf("%d of %d", seen.last, seen.total)
	}
}
