package expr_test

import (
	"testing"
	"time"

	"github.com/perdure/perdure/interpreter/expr"
)

// BenchmarkEval shows what a condition costs: the engine evaluates one on each
// flow out of a gateway.
func BenchmarkEval(b *testing.B) {
	items := make([]any, 100)
	for i := range items {
		items[i] = map[string]any{"price": i, "amount": 2}
	}
	env := expr.Env{
		Now: time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC),
		Scopes: []expr.Variables{
			{"i": 17},
			{"approved": true, "amount": 1200, "customer": map[string]any{"country": "CH"}, "items": items},
		},
	}
	for _, bench := range []struct{ name, source string }{
		{"Loop", "i < 100000"},
		{"Condition", "approved && amount > 1000"},
		{"Member", `customer.country == "CH"`},
		{"Increment", "i + 1"},
		{"Decimal", "amount * 1.077"},
		{"Text", `"order-" + text(i)`},
		{"SumOf100", "sum(items, .price * .amount)"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			program, err := expr.Compile(bench.source)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := program.Eval(env); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := expr.Compile(`approved && amount > 1000 && customer.country in ["CH", "LI"]`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScript(b *testing.B) {
	script, err := expr.CompileScript("i = i + 1; total = (total ?? 0) + i * 1.05")
	if err != nil {
		b.Fatal(err)
	}
	env := expr.Env{Scopes: []expr.Variables{{"i": 17}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := script.Run(env); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	data := []byte(`{"amount":1200.50,"approved":true,"customer":{"name":"Ada","country":"CH"},"lines":[1,2,3,4,5]}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := expr.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	v, err := expr.Decode([]byte(`{"amount":1200.50,"approved":true,"customer":{"name":"Ada","country":"CH"},"lines":[1,2,3,4,5]}`))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := expr.Encode(v); err != nil {
			b.Fatal(err)
		}
	}
}
