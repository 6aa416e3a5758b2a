package edge_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"edgewasm.dev/edge"
)

var forms = []edge.ArtifactForm{edge.Universal, edge.Native}

// otherMachine is one that no test runs on.
const otherMachine = edge.Target("aarch64-unknown-linux-gnu")

// compiled is addModule, as the compiler makes it.
func compiled(t *testing.T, options ...edge.Option) *edge.Module {
	t.Helper()
	in := filepath.Join(t.TempDir(), "add.wat")
	if err := os.WriteFile(in, []byte(addModule), 0o600); err != nil {
		t.Fatal(err)
	}
	return must[*edge.Module](t)(edge.LoadModule(in, options...))
}

// addsUp checks that a source works, and tells whether its code was loaded.
func addsUp(t *testing.T, source any, options ...edge.Option) bool {
	t.Helper()
	vm := must[*edge.Vm](t)(edge.Load(source, options...))
	defer vm.Close()
	stillAdds(t, vm)
	return vm.Module().Precompiled()
}

func TestCompiledCodeAsBytes(t *testing.T) {
	module := compiled(t)
	if module.Precompiled() {
		t.Error("it was compiled")
	}
	for _, form := range forms {
		file := must[[]byte](t)(module.Serialize(form))
		loaded := must[*edge.Module](t)(edge.LoadTrustedModule(file))
		if !loaded.Precompiled() || !addsUp(t, loaded) || !addsUp(t, file, edge.WithTrusted()) {
			t.Errorf("%s: it was compiled again", form)
		}
		if !bytes.Equal(file, must[[]byte](t)(loaded.Serialize(form))) {
			t.Errorf("%s: what was loaded is written otherwise", form)
		}
		pool := must[*edge.Pool](t)(edge.NewPool(file, edge.WithTrusted(), edge.WithSize(2)))
		if got, err := pool.Run(background, "add", 2, 3); got != int32(5) || err != nil || !pool.Module().Precompiled() {
			t.Errorf("%s: got %v, %v", form, got, err)
		}
		pool.Close()
	}
}

func TestNativeCodeWithoutTrust(t *testing.T) {
	module := compiled(t)
	native, universal := must[[]byte](t)(module.Serialize(edge.Native)), must[[]byte](t)(module.Serialize(edge.Universal))
	file := filepath.Join(t.TempDir(), "add.edge")
	if err := module.WriteFile(file, edge.Native); err != nil {
		t.Fatal(err)
	}
	for _, source := range []any{native, file} {
		_, err := edge.Load(source)
		want(t, err, edge.KindMalformed, "trusted")
		_, err = edge.NewPool(source)
		want(t, err, edge.KindMalformed, "trusted")
		_, err = edge.LoadModule(source)
		want(t, err, edge.KindMalformed, "trusted")
	}
	_, err := edge.NewModule(nil, native)
	want(t, err, edge.KindMalformed, "trusted")
	_, err = edge.ModuleFromFile(nil, file)
	want(t, err, edge.KindMalformed, "trusted")
	want(t, edge.CompileFile(file, file+".wasm"), edge.KindMalformed, "trusted")
	// The universal form is a module like any other.
	if must[*edge.Module](t)(edge.NewModule(nil, universal)).Precompiled() || addsUp(t, universal) {
		t.Error("code was used that nobody said is trusted")
	}
}

func TestCompiledCodeAsFiles(t *testing.T) {
	folder := t.TempDir()
	module, other := compiled(t), must[*edge.Module](t)(edge.ModuleFromText(nil, `(module)`))
	for name, form := range map[string]edge.ArtifactForm{"add.wasm": edge.Universal, "add.edge": edge.Native} {
		path := filepath.Join(folder, name)
		if edge.ArtifactFormOf(path) != form {
			t.Errorf("%s: %s", name, edge.ArtifactFormOf(path))
		}
		if err := module.WriteFile(path, form); err != nil {
			t.Fatal(err)
		}
		loaded := must[*edge.Module](t)(edge.LoadTrustedModule(path))
		if !loaded.Precompiled() || !addsUp(t, path, edge.WithTrusted()) {
			t.Errorf("%s: it was compiled again", name)
		}
		pool := must[*edge.Pool](t)(edge.NewPool(path, edge.WithTrusted()))
		if !pool.Module().Precompiled() {
			t.Errorf("%s: it was compiled again for a pool", name)
		}
		pool.Close()
		// Whoever has mapped a file keeps it when another takes its place.
		if err := other.WriteFile(path, form); err != nil {
			t.Fatal(err)
		}
		if n := len(must[*edge.Module](t)(edge.LoadTrustedModule(path)).Exports()); n != 0 || !addsUp(t, loaded) {
			t.Errorf("%s: %d exports", name, n)
		}
	}
	if left := must[[]os.DirEntry](t)(os.ReadDir(folder)); len(left) != 2 {
		t.Errorf("beside the two files: %v", left)
	}
	_, err := edge.LoadTrustedModule(filepath.Join(folder, "missing"))
	want(t, err, edge.KindIO, "missing")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the cause is %v", errors.Unwrap(err))
	}
	want(t, module.WriteFile("/no/such/folder/add.edge", edge.Native), edge.KindIO, "/no/such/folder/add.edge")
}

// What has no native code is compiled, trusted or not.
func TestTrustInPlainModules(t *testing.T) {
	wat := filepath.Join(t.TempDir(), "add.wat")
	if err := os.WriteFile(wat, []byte(addModule), 0o600); err != nil {
		t.Fatal(err)
	}
	if addsUp(t, wat, edge.WithTrusted()) || addsUp(t, compiled(t), edge.WithTrusted()) {
		t.Error("there was no code to load")
	}
	_, err := edge.LoadTrustedModule([]byte("not a module"))
	want(t, err, edge.KindMalformed)
	_, err = edge.LoadTrustedModule([]byte(nil))
	want(t, err, edge.KindMalformed)
}

func TestDamagedCode(t *testing.T) {
	native := must[[]byte](t)(compiled(t).Serialize(edge.Native))
	refused := func(file []byte) {
		t.Helper()
		_, err := edge.LoadTrustedModule(file)
		want(t, err, edge.KindArtifactDamaged)
	}
	for at := 8; at < len(native); at += 97 {
		damaged := bytes.Clone(native)
		damaged[at] ^= 0x10
		refused(damaged)
	}
	refused(native[:len(native)-1])
	refused(append(bytes.Clone(native), 0))
	path := filepath.Join(t.TempDir(), "half.edge")
	if err := os.WriteFile(path, native[:len(native)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := edge.Load(path, edge.WithTrusted())
	want(t, err, edge.KindArtifactDamaged)
	_, err = edge.NewPool(path, edge.WithTrusted())
	want(t, err, edge.KindArtifactDamaged)
}

func TestCodeForOtherSettings(t *testing.T) {
	module := compiled(t)
	native, universal := must[[]byte](t)(module.Serialize(edge.Native)), must[[]byte](t)(module.Serialize(edge.Universal))
	for part, config := range map[string]edge.Config{
		"deterministic":        {Deterministic: true},
		"fuel":                 {Fuel: true},
		"instructions counted": {CountInstructions: true},
		"interruptible":        {Uninterruptible: true},
		"explicit traps":       {NoSignals: true},
	} {
		engine := must[*edge.Engine](t)(edge.NewEngine(config))
		_, err := edge.LoadTrustedModule(native, engine)
		want(t, err, edge.KindArtifactMismatch, part)
		_, err = edge.Load(native, engine, edge.WithTrusted())
		want(t, err, edge.KindArtifactMismatch, part)
		if addsUp(t, universal, engine, edge.WithTrusted()) {
			t.Errorf("%s: code was used that does not suit", part)
		}
	}
	// How hard the compiler tried does not count.
	engine := must[*edge.Engine](t)(edge.NewEngine(edge.Config{OptLevel: edge.OptNone}))
	if !addsUp(t, native, engine, edge.WithTrusted()) {
		t.Error("it was compiled again")
	}
}

func TestCompileFile(t *testing.T) {
	folder := t.TempDir()
	in := filepath.Join(folder, "add.wat")
	if err := os.WriteFile(in, []byte(addModule), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"out.wasm", "out.edge"} {
		out := filepath.Join(folder, name)
		if err := edge.CompileFile(in, out); err != nil {
			t.Fatal(err)
		}
		if !addsUp(t, out, edge.WithTrusted()) {
			t.Errorf("%s: it was compiled again", name)
		}
	}
	// Code may be written again, in another form, by whoever trusts it.
	again := filepath.Join(folder, "again.wasm")
	if err := edge.CompileFile(filepath.Join(folder, "out.edge"), again, edge.WithTrusted()); err != nil || addsUp(t, again) {
		t.Errorf("got %v", err)
	}
	want(t, edge.CompileFile(filepath.Join(folder, "missing"), again), edge.KindIO, "missing")
	want(t, edge.CompileFile(in, filepath.Join(folder, "missing", "out.edge")), edge.KindIO, "missing")
}

func TestOtherMachines(t *testing.T) {
	folder := t.TempDir()
	in, out := filepath.Join(folder, "add.wat"), filepath.Join(folder, "add.edge")
	if err := os.WriteFile(in, []byte(addModule), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := edge.CompileFile(in, out, edge.WithTarget(otherMachine)); err != nil {
		t.Fatal(err)
	}
	_, err := edge.LoadTrustedModule(out)
	want(t, err, edge.KindArtifactMismatch, string(otherMachine))
	module := must[*edge.Module](t)(edge.LoadTrustedModule(out, edge.WithTarget(otherMachine)))
	if !module.Precompiled() {
		t.Error("it was compiled again")
	}
	_, err = edge.Load(in, edge.WithTarget(otherMachine))
	if e := want(t, err, edge.KindArtifactMismatch, "does not run here"); e.Phase != edge.PhaseInstantiate {
		t.Errorf("in the phase %s", e.Phase)
	}
	_, err = edge.Load(in, edge.WithTarget("pdp11-dec-unix"))
	want(t, err, edge.KindCompileFailed, "pdp11-dec-unix")
	_, err = edge.NewEngine(edge.Config{Target: "pdp11-dec-unix"})
	want(t, err, edge.KindCompileFailed, "pdp11-dec-unix")

	// Code for any machine of this kind runs here.
	generic := must[[]byte](t)(compiled(t, edge.WithTarget(edge.TargetGeneric)).Serialize(edge.Native))
	if !addsUp(t, generic, edge.WithTrusted()) {
		t.Error("it was compiled again")
	}
}

// A module outlives what was made of it.
func TestModulesOfWhatIsClosed(t *testing.T) {
	file := must[[]byte](t)(compiled(t).Serialize(edge.Native))
	vm := must[*edge.Vm](t)(edge.Load(file, edge.WithTrusted()))
	pool := must[*edge.Pool](t)(edge.NewPool(file, edge.WithTrusted()))
	lent := must[*edge.Vm](t)(pool.Get(background))
	for _, closing := range []func() error{vm.Close, lent.Close, pool.Close} {
		if err := closing(); err != nil {
			t.Fatal(err)
		}
	}
	for _, module := range []*edge.Module{vm.Module(), lent.Module(), pool.Module()} {
		if again := must[[]byte](t)(module.Serialize(edge.Native)); !module.Precompiled() || !bytes.Equal(file, again) {
			t.Errorf("precompiled: %v, %d bytes", module.Precompiled(), len(again))
		}
	}
}

func TestWrongArgumentsOfArtifacts(t *testing.T) {
	module, engine := compiled(t), must[*edge.Engine](t)(edge.NewEngine(edge.Config{}))
	form := edge.ArtifactForm(7)
	for _, c := range []struct {
		part string
		try  func() error
	}{
		{"EDGE_ARTIFACT_", func() error { _, err := module.Serialize(form); return err }},
		{"EDGE_ARTIFACT_", func() error { return module.WriteFile(filepath.Join(t.TempDir(), "x"), form) }},
		{"EDGE_COMPILE_", func() error { _, err := edge.NewEngine(edge.Config{Compile: 9}); return err }},
		{"edge.LoadModule takes", func() error { _, err := edge.LoadModule(42); return err }},
		{"edge.LoadModule takes", func() error { _, err := edge.LoadModule(module); return err }},
		{"edge.LoadTrustedModule takes", func() error { _, err := edge.LoadTrustedModule(42); return err }},
		{"edge.Load takes", func() error { _, err := edge.Load(42, edge.WithTrusted()); return err }},
		{"edge.NewPool takes", func() error { _, err := edge.NewPool(nil, edge.WithTrusted()); return err }},
		{"another is given", func() error { _, err := edge.LoadModule(addModule, engine, edge.WithCompile(edge.Lazy)); return err }},
		{"already", func() error { _, err := edge.Load(module, edge.WithCompile(edge.Lazy)); return err }},
		{"already", func() error { _, err := edge.NewPool(module, edge.WithTarget(edge.TargetGeneric)); return err }},
	} {
		want(t, c.try(), edge.KindArgumentType, c.part)
	}
	if text := fmt.Sprint(edge.Universal, edge.Native, form, edge.Eager, edge.Lazy, edge.Compile(9)); text !=
		"universal native artifact_form_7 eager lazy compile_9" {
		t.Errorf("got %s", text)
	}
}
