package programs

import (
	"errors"
	"fmt"

	"edgewasm.dev/edge"
)

// Guests are metered by what their instructions cost, up to a limit, and counted.
func Example_statistics() {
	engine := must(edge.NewEngine(edge.Config{
		Fuel: true, CountInstructions: true, MeasureTime: true,
		Costs: map[string]uint64{"block": 10, "loop": 11, "if": 12, "else": 12, "br": 20, "br_if": 21, "br_table": 22},
	}))
	vm := must(edge.Load(fibonacci, engine, edge.Limits{Fuel: 5_000_000}))
	defer vm.Close()
	must(vm.Run(background, "fib", 8))
	statistics := vm.Store().Statistics()
	fmt.Println("Instructions:", must(statistics.Instructions()), "per second:", must(statistics.InstructionsPerSecond()) > 0)
	fmt.Println("Total cost:", must(statistics.FuelUsed()))

	_, err := vm.Run(background, "fib", 30)
	fmt.Println("fib(30) costs more:", errors.Is(err, edge.KindOutOfFuel))
	// Without the settings there is an error, not a number that means nothing.
	_, err = must(edge.Load(fibonacci)).Store().Statistics().Instructions()
	fmt.Println("not asked for:", errors.Is(err, edge.KindNotEnabled))
	// Output:
	// Instructions: 633 per second: true
	// Total cost: 1370
	// fib(30) costs more: true
	// not asked for: true
}
