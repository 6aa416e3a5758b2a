package edge

// #include "shim.h"
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// ArtifactForm is the form of a file with compiled code.
type ArtifactForm uint32

const (
	// Universal is the module, with its native code in a custom section: every other runtime runs it too, and edge where the code
	// does not suit.
	Universal ArtifactForm = C.EDGE_ARTIFACT_UNIVERSAL
	// Native is native code of edge, which nothing else can use.
	Native ArtifactForm = C.EDGE_ARTIFACT_NATIVE
)

// String is the name that all languages use.
func (f ArtifactForm) String() string {
	switch f {
	case Universal:
		return "universal"
	case Native:
		return "native"
	default:
		return fmt.Sprintf("artifact_form_%d", uint32(f))
	}
}

// ArtifactFormOf is the form that a file of this name has: [Universal] when it ends in .wasm, else [Native].
func ArtifactFormOf(path string) ArtifactForm {
	if filepath.Ext(path) == ".wasm" {
		return Universal
	}
	return Native
}

// LoadModule compiles source, a path (string; `.wat` is the text format, all else binary) or bytes, and makes no instance. It does with
// options what [NewModule] and [ModuleFromFile] do without.
func LoadModule(source any, options ...Option) (*Module, error) {
	s, err := newSettings(options)
	if err != nil {
		return nil, err
	}
	return s.module("LoadModule", source)
}

// LoadTrustedModule loads a module from source, a path (string) or bytes, whose native code is used: what [Module.WriteFile],
// [Module.Serialize] or [CompileFile] made. A file is mapped and not read: nobody writes into it while the module lives (WriteFile puts a
// new file in its place). Everything else is compiled, as by [LoadModule].
//
// Trusted means: whoever can write the source can have anything executed by this process. Load only what you made and nobody else had a
// hand in; for everything else there is [LoadModule]. Damage is found ([KindArtifactDamaged]), malice is not. A universal module whose
// code does not suit this machine and engine is compiled; where nothing but native code is there, that is [KindArtifactMismatch].
func LoadTrustedModule(source any, options ...Option) (*Module, error) {
	s, err := newSettings(append(options[:len(options):len(options)], WithTrusted()))
	if err != nil {
		return nil, err
	}
	return s.module("LoadTrustedModule", source)
}

// CompileFile compiles the module in the file in and writes it with its code to the file out, in the form that [ArtifactFormOf] tells by
// its name.
func CompileFile(in, out string, options ...Option) error {
	module, err := LoadModule(in, options...)
	if err != nil {
		return err
	}
	return module.WriteFile(out, ArtifactFormOf(out))
}

// Serialize gives the module and its compiled code as the contents of a file, for [LoadTrustedModule]. What was not compiled yet is.
func (m *Module) Serialize(form ArtifactForm) ([]byte, error) {
	defer runtime.KeepAlive(m)
	var buffer C.edge_buffer_t
	if err := takeError(C.edge_module_serialize(m.ptr, C.edge_artifact_t(form), &buffer)); err != nil {
		return nil, err
	}
	return takeBuffer(&buffer), nil
}

// WriteFile is [Module.Serialize] into a file. It appears whole or not at all, and who uses the one before keeps that.
func (m *Module) WriteFile(path string, form ArtifactForm) error {
	defer runtime.KeepAlive(m)
	data, size := stringArg(path)
	return takeError(C.edge_module_serialize_to(m.ptr, C.edge_artifact_t(form), data, size))
}

// Precompiled tells whether the module's native code was loaded, from a trusted source or a cache, and not compiled.
func (m *Module) Precompiled() bool {
	defer runtime.KeepAlive(m)
	return bool(C.edge_module_is_precompiled(m.ptr))
}

// CompiledFunctions is how many of the functions that the module defines have been compiled: fewer than the total only with [Lazy].
func (m *Module) CompiledFunctions() (compiled, total int) {
	defer runtime.KeepAlive(m)
	var all C.size_t
	compiled = int(C.edge_module_compiled_functions(m.ptr, &all))
	return compiled, int(all)
}

// prepared is the source that the library's own ways to load can take: a module where options ask for what those do not do.
func (s *settings) prepared(source any) (any, error) {
	switch source.(type) {
	case string, []byte:
		if s.trusted || s.progress != nil {
			return s.module("Load", source)
		}
	case *Module:
		if s.config != nil {
			return nil, argumentError("edge.WithCompile, WithCache and WithTarget say how a module is compiled, and this one is already")
		}
	}
	return source, nil
}

// module is what a source is compiled to, or loaded as where it is trusted.
func (s *settings) module(loader string, source any) (*Module, error) {
	switch source := source.(type) {
	case string:
		return s.moduleFromFile(source)
	case []byte:
		return s.moduleFromBytes(source)
	default:
		return nil, argumentError("edge.%s takes a path (string) or bytes ([]byte), not %T", loader, source)
	}
}

func (s *settings) moduleFromFile(path string) (*Module, error) {
	if s.trusted {
		defer runtime.KeepAlive(s.engine)
		var ptr *C.edge_module_t
		data, size := stringArg(path)
		if err := takeError(C.edge_module_from_trusted_file(s.engine.raw(), data, size, &ptr)); err != nil {
			return nil, err
		}
		return newModule(ptr), nil
	}
	if s.progress != nil && filepath.Ext(path) != ".wat" {
		// What cannot be read is the library's to tell.
		if wasm, err := os.ReadFile(path); err == nil {
			return reporting(s.engine, wasm, s.progress)
		}
	}
	return ModuleFromFile(s.engine, path)
}

func (s *settings) moduleFromBytes(wasm []byte) (*Module, error) {
	if s.trusted {
		defer runtime.KeepAlive(s.engine)
		var ptr *C.edge_module_t
		data, size := bytesArg(wasm)
		if err := takeError(C.edge_module_from_trusted_bytes(s.engine.raw(), data, size, &ptr)); err != nil {
			return nil, err
		}
		return newModule(ptr), nil
	}
	if s.progress != nil {
		return reporting(s.engine, wasm, s.progress)
	}
	return NewModule(s.engine, wasm)
}
