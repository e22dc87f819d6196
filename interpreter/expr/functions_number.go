package expr

import (
	"math/big"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// toNumber reads a text as a number, with all its digits.
func toNumber(c *call) any {
	switch v := c.args[0].(type) {
	case int, Decimal:
		return v
	case string:
		s := strings.TrimSpace(c.string(0))
		c.tick(min(len(s), MaxDigits) / 4)
		if len(s) > MaxDigits || !isNumber(s) {
			panic(evalErrorf("%s is %s, which is not a number", c.operands[0].name, quoted(v)))
		}
		n, err := parseNumber(s)
		if err != nil {
			panic(evalErrorf("%s is not a number: %s", c.operands[0].name, err))
		}
		return n
	}
	c.refuse(0, "a number or a text")
	panic("unreachable")
}

// toInt cuts the fraction off.
func toInt(c *call) any { return c.rounded(toNumber(c), 0, apd.RoundDown) }

// toWhole is ceil and floor.
func toWhole(c *call) any {
	mode := apd.RoundCeiling
	if c.function == "floor" {
		mode = apd.RoundFloor
	}
	return c.rounded(c.numeric(0), 0, mode)
}

// maxPlaces is the greatest number of places to round to.
const maxPlaces = 100

// round rounds to a number of places after the point, 0 if it is left out; a
// half goes away from zero, as merchants do it.
func round(c *call) any {
	places := 0
	if len(c.args) > 1 {
		if places = c.whole(1); places < 0 || places > maxPlaces {
			panic(evalErrorf("round takes 0 to %d places", maxPlaces))
		}
	}
	return c.rounded(c.numeric(0), places, apd.RoundHalfUp)
}

func (c *call) numeric(i int) any { return number(c.args[i], c.operands[i].name, c.function) }

// rounded cuts off what is beyond a number of places. It does not use apd's
// Quantize, which rounds 0.01 up to 0.
func (f *frame) rounded(v any, places int, mode apd.Rounder) any {
	x, ok := v.(Decimal)
	if !ok || int(x.apd().Exponent) >= -places {
		return v
	}
	f.weigh(x, x)
	d := x.apd()
	coefficient, cut := d.Coeff.MathBigInt(), -places-int(d.Exponent)
	// More than all digits are cut at most: the rest is less than a half then,
	// however much less.
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(min(int64(cut), d.NumDigits()+1)), nil)
	rest := new(big.Int)
	coefficient.QuoRem(coefficient, power, rest)
	if rest.Sign() != 0 {
		half := rest.Lsh(rest, 1).Cmp(power)
		if mode.ShouldAddOne(new(apd.BigInt).SetMathBigInt(coefficient), d.Negative, half) {
			coefficient.Add(coefficient, big.NewInt(1))
		}
	}
	rounded := apd.NewWithBigInt(new(apd.BigInt).SetMathBigInt(coefficient), int32(-places))
	rounded.Negative = d.Negative
	return f.result(rounded)
}

func abs(c *call) any {
	v := c.numeric(0)
	if x, _ := asDecimal(v); x.Sign() < 0 {
		return c.negate(v)
	}
	return v
}

// sum adds up a list; the sum of nothing is 0.
func (f *frame) sum(list []any, name, function string) any {
	var total any = 0
	op := operation{sign: "+", left: "the sum", right: "an element of " + name}
	for _, v := range list {
		f.tick(1)
		total = f.arithmetic(op, total, number(v, op.right, function))
	}
	return total
}

// mean is null for an empty list.
func mean(c *call) any {
	list := c.list(0)
	if len(list) == 0 {
		return nil
	}
	op := operation{sign: "/", left: "the sum", right: "the number of elements"}
	return c.arithmetic(op, c.sum(list, c.operands[0].name, c.function), len(list))
}

// median is the middle element in order, or the mean of the two in the middle,
// and null for an empty list.
func median(c *call) any {
	list := c.list(0)
	if len(list) == 0 {
		return nil
	}
	for _, v := range list {
		number(v, "an element of "+c.operands[0].name, c.function)
	}
	sorted := c.sorted(list, false)
	high, low := sorted[len(list)/2], sorted[(len(list)-1)/2]
	if len(list)%2 == 1 {
		return high
	}
	op := operation{sign: "+", left: "an element", right: "an element"}
	return c.arithmetic(operation{sign: "/", left: "the sum", right: "2"}, c.arithmetic(op, low, high), 2)
}

// extreme is min and max, of its arguments or of a list; null for an empty
// list.
func extreme(c *call) any {
	candidates := c.args
	if list, ok := c.args[0].([]any); ok && len(c.args) == 1 {
		candidates = list
	}
	if len(candidates) == 0 {
		return nil
	}
	best := candidates[0]
	for _, v := range candidates {
		c.tick(1)
		order, ok := c.order(v, best)
		if !ok {
			panic(evalErrorf("%s compares numbers or texts, not %s with %s", c.function, withArticle(v), withArticle(best)))
		}
		if (c.function == "min" && order < 0) || (c.function == "max" && order > 0) {
			best = v
		}
	}
	return best
}
