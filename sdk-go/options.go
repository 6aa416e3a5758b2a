package edge

// #include "shim.h"
import "C"

import (
	"context"
	"maps"
	"runtime/cgo"
)

// Option changes how [Load] and [NewPool] load: [WithImports], [WithWasi], [WithLimits], [WithEngine], [WithLinker], [WithContext],
// [WithSize], [WithKeepState], [WithCompile], [WithCache], [WithTarget], [WithTrusted], [WithProgress], and the values [Wasi], [Limits],
// [Imports], [*Engine] and [*Linker] themselves. [LoadModule] and [CompileFile] take those that say how code is made, and ignore the others.
type Option interface{ apply(*settings) error }

// settings are what a VM is loaded with.
type settings struct {
	engine *Engine
	// config has what is said of an engine that is made for this alone; nil for the one given, or the shared one.
	config *Config
	// trusted says that native code in the source may be used.
	trusted bool
	// progress is told how far the compiler is; it may be nil.
	progress func(done, total int)
	linker   *Linker
	imports  Imports
	wasi     *Wasi
	limits   *Limits
	// ctx is that of loading.
	ctx context.Context
	// size and keepState are a pool's.
	size      int
	keepState bool
}

func newSettings(options []Option) (*settings, error) {
	s := &settings{ctx: context.Background()}
	for _, option := range options {
		if option == nil {
			continue
		}
		if err := option.apply(s); err != nil {
			return nil, err
		}
	}
	if err := endedError(s.ctx, "the module was not loaded"); err != nil {
		return nil, err
	}
	return s, s.makeEngine()
}

// makeEngine makes the engine that options ask for, if any does.
func (s *settings) makeEngine() (err error) {
	switch {
	case s.config == nil:
		return nil
	case s.engine != nil:
		return argumentError("edge.WithCompile, WithCache and WithTarget make an engine, and another is given: its edge.Config has these settings")
	}
	s.engine, err = NewEngine(*s.config)
	return err
}

// configured is an option that changes the settings of an engine of its own.
func configured(change func(*Config)) Option {
	return optionFunc(func(s *settings) error {
		if s.config == nil {
			s.config = new(Config)
		}
		change(s.config)
		return nil
	})
}

// within runs what loads, which ends when the context does.
func (s *settings) within(load func() error) error {
	var last scopes
	return within(nil, enter(&last, s.ctx), load)
}

// optionFunc is an option without a type of its own.
type optionFunc func(*settings) error

func (f optionFunc) apply(s *settings) error { return f(s) }

// Imports are the host's functions by module and name: Go functions and closures of any type whose parameters and results
// can travel (see the package's documentation).
//
// A function may take a [*HostCall] or a context.Context, or both, before its other parameters, and may have an error as
// its last result. Several other results are a tuple.
type Imports map[string]map[string]any

func (i Imports) apply(s *settings) error {
	if s.imports == nil {
		s.imports = Imports{}
	}
	for module, functions := range i {
		merged := maps.Clone(s.imports[module])
		if merged == nil {
			merged = map[string]any{}
		}
		maps.Copy(merged, functions)
		s.imports[module] = merged
	}
	return nil
}

func (w Wasi) apply(s *settings) error    { s.wasi = &w; return nil }
func (l Limits) apply(s *settings) error  { s.limits = &l; return l.check() }
func (e *Engine) apply(s *settings) error { s.engine = e; return nil }
func (l *Linker) apply(s *settings) error { s.linker = l; return nil }

// WithImports gives the guest functions of the host.
func WithImports(imports Imports) Option { return imports }

// WithWasi gives the guest arguments, an environment, directories and streams.
func WithWasi(wasi Wasi) Option { return wasi }

// WithLimits says how much the guest may use.
func WithLimits(limits Limits) Option { return limits }

// WithEngine says who compiles.
func WithEngine(engine *Engine) Option { return engine }

// WithCompile says when functions are compiled, by an engine that is made for this alone. For an engine of your own there is
// [Config].Compile; giving both is an error.
func WithCompile(when Compile) Option { return configured(func(c *Config) { c.Compile = when }) }

// WithCache keeps compiled modules for the next time. All else as [WithCompile], with [Config].Cache.
func WithCache(cache Cache) Option { return configured(func(c *Config) { c.Cache = &cache }) }

// WithTarget says what machine code is made for. All else as [WithCompile], with [Config].Target.
func WithTarget(target Target) Option { return configured(func(c *Config) { c.Target = target }) }

// WithTrusted lets native code in the source be used, as [LoadTrustedModule] does: whoever can write the source can have anything
// executed by this process. Without it, native code alone is refused ([KindMalformed]), and that in a universal module is compiled anew.
// A source that is a [*Module] needs no trust.
func WithTrusted() Option {
	return optionFunc(func(s *settings) error { s.trusted = true; return nil })
}

// WithProgress calls report with how many functions of how many have been compiled: on the goroutine that loads, one call at a
// time, with growing numbers, but not for every function. There is nothing to report where nothing is compiled yet ([Lazy]) or any more
// (the cache, a [*Module]), and no report is made of the text format, and of a source that is trusted.
func WithProgress(report func(done, total int)) Option {
	return optionFunc(func(s *settings) error { s.progress = report; return nil })
}

// WithLinker gives the guest what is defined there: host functions on core values, memories, exports of instances.
func WithLinker(linker *Linker) Option { return linker }

// WithContext ends the start function of a module that is loaded when ctx does; later calls have contexts of their own.
func WithContext(ctx context.Context) Option {
	return optionFunc(func(s *settings) error {
		if ctx != nil {
			s.ctx = ctx
		}
		return nil
	})
}

// WithSize says how many VMs a [Pool] may have at the same time; as many as the machine has processors by default. Load ignores it.
func WithSize(size int) Option {
	return optionFunc(func(s *settings) error {
		if size < 1 {
			return argumentError("a pool's size must be at least 1, it is %d", size)
		}
		s.size = size
		return nil
	})
}

// WithKeepState lets a borrower find what the one before left behind in a VM of a [Pool]: for guests that keep a cache, and that serve
// borrowers who trust one another. Load ignores it.
func WithKeepState() Option {
	return optionFunc(func(s *settings) error { s.keepState = true; return nil })
}

// raw makes the library's options; the caller frees them. The host functions learn of vm when it is there.
func (s *settings) raw() (raw *C.edge_options_t, hosts []*hostFunc, err error) {
	raw = C.edge_options_new()
	defer func() {
		if err != nil {
			C.edge_options_free(raw)
		}
	}()
	if s.engine != nil {
		if err = takeError(C.edge_options_set_engine(raw, s.engine.ptr)); err != nil {
			return raw, nil, err
		}
	}
	if s.linker != nil {
		s.linker.mutex.Lock()
		defer s.linker.mutex.Unlock()
		if err = takeError(C.edge_options_set_linker(raw, s.linker.ptr)); err != nil {
			return raw, nil, err
		}
	}
	if err = takeError(C.edge_options_set_pool_size(raw, C.size_t(s.size))); err != nil {
		return raw, nil, err
	}
	if err = takeError(C.edge_options_set_pool_keep_state(raw, C.bool(s.keepState))); err != nil {
		return raw, nil, err
	}
	if s.limits != nil {
		limits := s.limits.raw(s.engine)
		defer C.edge_limits_free(limits)
		if err = takeError(C.edge_options_set_limits(raw, limits)); err != nil {
			return raw, nil, err
		}
	}
	if s.wasi != nil {
		wasi, err := s.wasi.raw()
		if err != nil {
			return raw, nil, err
		}
		defer C.edge_wasi_free(wasi)
		if err = takeError(C.edge_options_set_wasi(raw, wasi)); err != nil {
			return raw, nil, err
		}
	}
	hosts, err = s.addImports(raw)
	return raw, hosts, err
}

func (s *settings) addImports(raw *C.edge_options_t) (hosts []*hostFunc, err error) {
	for module, functions := range s.imports {
		for name, fn := range functions {
			host, err := newHostFunc(module, name, fn)
			if err != nil {
				return nil, err
			}
			m, mlen := stringArg(module)
			n, nlen := stringArg(name)
			h := C.uintptr_t(cgo.NewHandle(host))
			if err := takeError(C.edgego_options_import(raw, m, mlen, n, nlen, h)); err != nil {
				return nil, err
			}
			hosts = append(hosts, host)
		}
	}
	return hosts, nil
}
