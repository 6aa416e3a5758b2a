//go:build race

package edge_test

// The race detector remembers what it has seen: what it holds says nothing about leaks.
func init() { underRaceDetector = true }
