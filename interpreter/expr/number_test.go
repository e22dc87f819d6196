package expr_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/perdure/perdure/interpreter/expr"
)

// compute evaluates an expression over a and b.
func compute(t *rapid.T, source string, a, b any) any {
	program, err := expr.Compile(source)
	require.NoError(t, err)
	v, err := program.Eval(expr.Env{Scopes: []expr.Variables{{"a": a, "b": b}}})
	require.NoError(t, err, "%s with a = %v, b = %v", source, a, b)
	t.Logf("%s = %v with a = %v, b = %v", source, v, a, b)
	return v
}

// rational returns a number exactly, as math/big understands it.
func rational(t *rapid.T, v any) *big.Rat {
	data, err := expr.Encode(v)
	require.NoError(t, err)
	r, ok := new(big.Rat).SetString(string(data))
	require.True(t, ok, "%s", data)
	return r
}

// edge draws ints of all sizes, often at the ends.
func edge() *rapid.Generator[int] {
	return rapid.OneOf(
		rapid.Int(),
		rapid.IntRange(-20, 20),
		rapid.SampledFrom([]int{math.MaxInt, math.MinInt, math.MaxInt - 1, math.MinInt + 1, math.MaxInt32, 1 << 32, 0}),
	)
}

// decimal draws numbers of at most 16 digits, so that sums and products fit in
// the precision and must be exact.
func decimal() *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,6})?`).Draw(t, "number")
		v, err := expr.Decode([]byte(text))
		require.NoError(t, err)
		return v
	})
}

func TestIntegerLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := edge().Draw(t, "a"), edge().Draw(t, "b")
		x, y := big.NewInt(int64(a)), big.NewInt(int64(b))
		for sign, want := range map[string]*big.Int{
			"a + b": new(big.Int).Add(x, y),
			"a - b": new(big.Int).Sub(x, y),
			"a * b": new(big.Int).Mul(x, y),
			"-a":    new(big.Int).Neg(x),
		} {
			got := compute(t, sign, a, b)
			require.Zero(t, rational(t, got).Cmp(new(big.Rat).SetInt(want)), "%s of %d and %d is %v", sign, a, b, got)
			require.Equal(t, want.IsInt64(), isInt(got), "%v must be an int if it fits", got)
		}
		require.Equal(t, x.Cmp(y) < 0, compute(t, "a < b", a, b))
		require.Equal(t, x.Cmp(y) == 0, compute(t, "a == b", a, b))
		if b == 0 {
			return
		}
		require.Zero(t, rational(t, compute(t, "a % b", a, b)).Cmp(new(big.Rat).SetInt(new(big.Int).Rem(x, y))))
		quotient := new(big.Rat).SetFrac(x, y)
		got := compute(t, "a / b", a, b)
		if quotient.IsInt() {
			require.Zero(t, rational(t, got).Cmp(quotient), "%d / %d is %v", a, b, got)
			require.Equal(t, quotient.Num().IsInt64(), isInt(got))
			return
		}
		requireClose(t, quotient, rational(t, got))
	})
}

func isInt(v any) bool {
	_, ok := v.(int)
	return ok
}

// requireClose makes sure that a result is right to Precision digits.
func requireClose(t *rapid.T, want, got *big.Rat) {
	difference := new(big.Rat).Sub(want, got)
	difference.Abs(difference).Mul(difference, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(expr.Precision-1), nil)))
	require.LessOrEqual(t, difference.Cmp(new(big.Rat).Abs(want)), 0, "%s is too far from %s", got, want)
}

func TestDecimalLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := decimal().Draw(t, "a"), decimal().Draw(t, "b")
		x, y := rational(t, a), rational(t, b)
		require.Zero(t, rational(t, compute(t, "a + b", a, b)).Cmp(new(big.Rat).Add(x, y)))
		require.Zero(t, rational(t, compute(t, "a - b", a, b)).Cmp(new(big.Rat).Sub(x, y)))
		require.Zero(t, rational(t, compute(t, "a * b", a, b)).Cmp(new(big.Rat).Mul(x, y)))
		require.Zero(t, rational(t, compute(t, "a - b + b", a, b)).Cmp(x))
		require.Equal(t, x.Cmp(y) < 0, compute(t, "a < b", a, b))
		require.Equal(t, x.Cmp(y) >= 0, compute(t, "a >= b", a, b))
		require.Equal(t, x.Cmp(y) == 0, compute(t, "a == b", a, b))
		require.Equal(t, true, compute(t, "a + b == b + a and a * b == b * a and a == --a", a, b))
		require.Equal(t, true, compute(t, "number(text(a)) == a", a, b))
		require.Equal(t, true, compute(t, "floor(a) <= a and a <= ceil(a) and ceil(a) - floor(a) <= 1", a, b))
		require.Equal(t, true, compute(t, "abs(round(a, 2) - a) <= 0.005", a, b))
		if y.Sign() != 0 {
			requireClose(t, new(big.Rat).Quo(x, y), rational(t, compute(t, "a / b", a, b)))
			require.Equal(t, true, compute(t, "abs(a % b) < abs(b)", a, b))
			require.Zero(t, rational(t, compute(t, "int(a / b) * b + a % b", a, b)).Cmp(x))
		}
	})
}

func TestPowerLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, n := rapid.IntRange(-50, 50).Draw(t, "a"), rapid.IntRange(0, 40).Draw(t, "n")
		want := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(int64(a)), big.NewInt(int64(n)), nil))
		got := compute(t, "a ** b", a, n)
		requireClose(t, want, rational(t, got))
		if a != 0 {
			requireClose(t, new(big.Rat).Inv(want), rational(t, compute(t, "a ** -b", a, n)))
		}
	})
}

func TestParseDecimal(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"1.10": "1.10", "-0.5": "-0.5", "1e400": "1E+400", "100": "100", "0": "0", "1E-7": "1E-7",
		"12345678901234567890.12345678901234567890": "12345678901234567890.12345678901234567890",
	} {
		d, err := expr.ParseDecimal(in)
		require.NoError(t, err, in)
		require.Equal(t, want, d.String())
		data, err := d.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, want, string(data))
		var again expr.Decimal
		require.NoError(t, again.UnmarshalJSON(data))
		require.True(t, d.Equal(again))
	}
	for _, in := range []string{"", "x", "NaN", "Infinity", "1,5", "+1", " 1", "0x1", "1e7000", "1e-7000", strings.Repeat("9", 1001)} {
		_, err := expr.ParseDecimal(in)
		require.Error(t, err, in)
	}
	require.Equal(t, "0", expr.Decimal{}.String())
	require.Zero(t, expr.Decimal{}.Sign())
}
