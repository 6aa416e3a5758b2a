package edge

// #include "shim.h"
import "C"

import (
	"maps"
	"runtime"
)

// OptLevel is how hard the compiler tries.
type OptLevel uint32

// How hard the compiler tries: by default it makes fast code.
const (
	OptDefault      OptLevel = iota
	OptNone                  // compile fast, run slower
	OptSpeed                 // make fast code
	OptSpeedAndSize          // make fast and small code
)

// Config has the settings of an engine; the zero value has the defaults.
type Config struct {
	// OptLevel is how hard the compiler tries.
	OptLevel OptLevel
	// Threads is how many compile; 0 leaves it to the engine.
	Threads int
	// Proposals switches proposals on and off by their names, for instance "simd" or "tail-call"; see [Proposals]. The others keep
	// their defaults.
	Proposals map[string]bool
	// NoSignals makes every check code of its own instead of relying on signals of the system. Slower.
	NoSignals bool
	// Interpreter runs guests without making anything executable. Includes NoSignals.
	Interpreter bool
	// Uninterruptible leaves out what stopping guests takes: only for code that is trusted to end. Contexts cannot end it.
	Uninterruptible bool
	// Deterministic makes results the same on every machine: canonical NaNs, and relaxed vector operations by the
	// specification's deterministic profile.
	Deterministic bool
	// Fuel meters guests.
	Fuel bool
	// Costs are what operators cost in fuel by their names, for instance "i32.add"; 1 by default. "per_64_bytes" is the price of what
	// bulk operations move.
	Costs map[string]uint64
	// CountInstructions counts them, for [Statistics.Instructions].
	CountInstructions bool
	// MeasureTime measures how long calls take, for [Statistics.Time].
	MeasureTime bool
	// Compile is when functions are compiled; Eager by default.
	Compile Compile
	// Cache is where compiled modules are kept for the next time; nil is nowhere.
	Cache *Cache
	// Target is the machine that code is made for; empty is [TargetHost].
	Target Target
	// Limits are those of stores and VMs that say nothing else, and of all modules.
	Limits Limits
}

// Proposals are the names of the proposals that [Config] knows.
func Proposals() []string {
	var names []string
	for {
		name := viewString(C.edge_proposal_name(C.size_t(len(names))))
		if name == "" {
			return names
		}
		names = append(names, name)
	}
}

// raw makes the library's settings; the caller frees them.
func (c *Config) raw() (raw *C.edge_config_t, err error) {
	if c.Threads < 0 {
		return nil, argumentError("edge.Config.Threads must not be negative, it is %d", c.Threads)
	}
	if err := c.Limits.check(); err != nil {
		return nil, err
	}
	raw = C.edge_config_new()
	defer func() {
		if err != nil {
			C.edge_config_free(raw)
		}
	}()
	if c.OptLevel != OptDefault {
		if err := takeError(C.edge_config_set_opt_level(raw, C.edge_opt_t(c.OptLevel-OptNone))); err != nil {
			return raw, err
		}
	}
	for name, on := range c.Proposals {
		data, size := stringArg(name)
		if err := takeError(C.edge_config_set_proposal(raw, data, size, C.bool(on))); err != nil {
			return raw, err
		}
	}
	for name, cost := range c.Costs {
		data, size := stringArg(name)
		if err := takeError(C.edge_config_set_cost(raw, data, size, C.uint64_t(cost))); err != nil {
			return raw, err
		}
	}
	if err := c.Cache.set(raw); err != nil {
		return raw, err
	}
	if err := c.Target.set(raw); err != nil {
		return raw, err
	}
	limits := c.Limits.raw(nil)
	defer C.edge_limits_free(limits)
	for _, failed := range []*C.edge_error_t{
		C.edge_config_set_threads(raw, C.size_t(c.Threads)),
		C.edge_config_set_compile(raw, C.edge_compile_t(c.Compile)),
		C.edge_config_set_signals(raw, C.bool(!c.NoSignals)),
		C.edge_config_set_interpreter(raw, C.bool(c.Interpreter)),
		C.edge_config_set_interruptible(raw, C.bool(!c.Uninterruptible)),
		C.edge_config_set_deterministic(raw, C.bool(c.Deterministic)),
		C.edge_config_set_fuel(raw, C.bool(c.Fuel)),
		C.edge_config_set_count_instructions(raw, C.bool(c.CountInstructions)),
		C.edge_config_set_measure_time(raw, C.bool(c.MeasureTime)),
		C.edge_config_set_limits(raw, limits),
	} {
		if failed := takeError(failed); failed != nil && err == nil {
			err = failed
		}
	}
	return raw, err
}

// Config tells the engine's settings: those that it was made with, and the defaults of all others. A nil engine has the defaults.
// Costs are only those that were set; see [Engine.Cost].
func (e *Engine) Config() Config {
	defer runtime.KeepAlive(e)
	raw := e.config()
	defer C.edge_config_free(raw)
	c := Config{
		OptLevel:          OptLevel(C.edge_config_opt_level(raw)) + OptNone,
		Threads:           int(C.edge_config_threads(raw)),
		Proposals:         map[string]bool{},
		NoSignals:         !bool(C.edge_config_signals(raw)),
		Interpreter:       bool(C.edge_config_interpreter(raw)),
		Uninterruptible:   !bool(C.edge_config_interruptible(raw)),
		Deterministic:     bool(C.edge_config_deterministic(raw)),
		Fuel:              bool(C.edge_config_fuel(raw)),
		CountInstructions: bool(C.edge_config_count_instructions(raw)),
		MeasureTime:       bool(C.edge_config_measure_time(raw)),
		Compile:           Compile(C.edge_config_compile(raw)),
		Cache:             cacheOf(raw),
		Target:            targetOf(raw),
		Limits:            takeLimits(C.edge_config_limits(raw)),
	}
	if e != nil {
		c.Costs = maps.Clone(e.costs)
	}
	for _, name := range Proposals() {
		data, size := stringArg(name)
		c.Proposals[name] = bool(C.edge_config_proposal(raw, data, size))
	}
	return c
}

// Cost is what an operator costs in fuel, by its name as in [Config].Costs.
func (e *Engine) Cost(operator string) (uint64, error) {
	defer runtime.KeepAlive(e)
	raw := e.config()
	defer C.edge_config_free(raw)
	var cost C.uint64_t
	data, size := stringArg(operator)
	err := takeError(C.edge_config_cost(raw, data, size, &cost))
	return uint64(cost), err
}

// config has the engine's settings; the caller frees them.
func (e *Engine) config() *C.edge_config_t {
	if e == nil {
		return C.edge_config_new()
	}
	return C.edge_engine_config(e.ptr)
}
