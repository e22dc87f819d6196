package expr_test

import (
	"fmt"
	"time"

	"github.com/perdure/perdure/interpreter/expr"
)

func ExampleProgram_Bool() {
	program, err := expr.Compile("amount > 1000 && customer.vip != true")
	if err != nil {
		fmt.Println(err)
		return
	}
	ok, err := program.Bool(expr.Env{Scopes: []expr.Variables{{"amount": 1200}}})
	fmt.Println(program.Names(), ok, err)
	// Output: [amount customer] true <nil>
}

func ExampleProgram_Eval() {
	vars, err := expr.DecodeVariables([]byte(`{"lines": [{"price": 1.10, "amount": 3}, {"price": 0.1, "amount": 2}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	env := expr.Env{Now: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC), Scopes: []expr.Variables{vars}}
	for _, source := range []string{
		"sum(lines, .price * .amount)",
		"addDuration(now(), 'P1M')",
		"lines[0].price + discount",
	} {
		program, err := expr.Compile(source)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(program.Eval(env))
	}
	// Output:
	// 3.50 <nil>
	// 2026-02-28T09:00:00Z <nil>
	// <nil> discount is null or missing; + needs a number
}

func ExampleScript_Run() {
	script, err := expr.CompileScript(`
		total = price * amount      # prices keep their digits
		order.state = total > 3 ? "review" : "paid"
	`)
	if err != nil {
		fmt.Println(err)
		return
	}
	price, _ := expr.ParseDecimal("1.10")
	assignments, err := script.Run(expr.Env{Scopes: []expr.Variables{{"price": price, "amount": 3}}})
	for _, a := range assignments {
		fmt.Println(a.Name, a.Value)
	}
	fmt.Println(err)
	// Output:
	// total 3.30
	// order map[state:review]
	// <nil>
}
