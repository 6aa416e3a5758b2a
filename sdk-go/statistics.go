package edge

// #include "shim.h"
import "C"

import (
	"runtime"
	"time"
)

// Statistics are what a store's guests have used: a copy of the counts at one time. What the engine was not told to count is
// [KindNotEnabled].
type Statistics struct{ ptr *C.edge_statistics_t }

// Statistics are what the store's guests have used since it was made, or since [Store.ResetStatistics]. Waits for a call that another
// goroutine makes.
func (s *Store) Statistics() *Statistics {
	defer runtime.KeepAlive(s)
	ptr := C.edge_store_statistics(s.ptr)
	return adopt(&Statistics{ptr}, ptr, func(p *C.edge_statistics_t) { C.edge_statistics_free(p) })
}

// ResetStatistics begins all counts anew. Fuel that is left stays.
func (s *Store) ResetStatistics() error {
	defer runtime.KeepAlive(s)
	return takeError(C.edge_store_reset_statistics(s.ptr))
}

// Instructions that were executed. Needs [Config].CountInstructions.
func (s *Statistics) Instructions() (uint64, error) {
	defer runtime.KeepAlive(s)
	var n C.uint64_t
	err := takeError(C.edge_statistics_instructions(s.ptr, &n))
	return uint64(n), err
}

// FuelUsed is what guests and host functions have used. Needs [Config].Fuel.
func (s *Statistics) FuelUsed() (uint64, error) {
	defer runtime.KeepAlive(s)
	var n C.uint64_t
	err := takeError(C.edge_statistics_fuel_used(s.ptr, &n))
	return uint64(n), err
}

// FuelLeft counts down from the greatest uint64 where there is no limit. Needs [Config].Fuel.
func (s *Statistics) FuelLeft() (uint64, error) {
	defer runtime.KeepAlive(s)
	var n C.uint64_t
	err := takeError(C.edge_statistics_fuel_left(s.ptr, &n))
	return uint64(n), err
}

// Time is what calls from the host took, of those that have ended. Needs [Config].MeasureTime.
func (s *Statistics) Time() (time.Duration, error) {
	defer runtime.KeepAlive(s)
	var n C.uint64_t
	err := takeError(C.edge_statistics_time(s.ptr, &n))
	return time.Duration(n), err
}

// InstructionsPerSecond of the time that calls took. Needs both settings.
func (s *Statistics) InstructionsPerSecond() (float64, error) {
	defer runtime.KeepAlive(s)
	var n C.double
	err := takeError(C.edge_statistics_instructions_per_second(s.ptr, &n))
	return float64(n), err
}

// Calls from the host; not those that host functions make.
func (s *Statistics) Calls() uint64 {
	defer runtime.KeepAlive(s)
	return uint64(C.edge_statistics_calls(s.ptr))
}

// MemoryPeak is the most bytes that all linear memories held together.
func (s *Statistics) MemoryPeak() uint64 {
	defer runtime.KeepAlive(s)
	return uint64(C.edge_statistics_memory_peak(s.ptr))
}

// FuelLeft counts down from the greatest uint64 where there is no limit. Needs [Config].Fuel, as all that follow.
func (s *Store) FuelLeft() (uint64, error) {
	defer runtime.KeepAlive(s)
	var n C.uint64_t
	err := takeError(C.edge_store_fuel_left(s.ptr, &n))
	return uint64(n), err
}

// SetFuel replaces what fuel is left. A host function may do it for the guest that calls it.
func (s *Store) SetFuel(fuel uint64) error {
	defer runtime.KeepAlive(s)
	return takeError(C.edge_store_set_fuel(s.ptr, C.uint64_t(fuel)))
}

// AddFuel adds to what fuel is left.
func (s *Store) AddFuel(fuel uint64) error {
	defer runtime.KeepAlive(s)
	return takeError(C.edge_store_add_fuel(s.ptr, C.uint64_t(fuel)))
}

// ConsumeFuel uses fuel on behalf of a guest: what a host function does may cost something. [KindOutOfFuel] when less is left.
func (s *Store) ConsumeFuel(fuel uint64) error {
	defer runtime.KeepAlive(s)
	return takeError(C.edge_store_consume_fuel(s.ptr, C.uint64_t(fuel)))
}
