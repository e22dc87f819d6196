package expr

import (
	"math"
	"math/bits"

	"github.com/cockroachdb/apd/v3"
)

// arithmetic computes with numbers: exactly with ints, whose results go over
// to decimals where 64 bits end, and to Precision digits with decimals.
func (f *frame) arithmetic(op operation, a, b any) any {
	a, b = number(a, op.left, op.sign), number(b, op.right, op.sign)
	i, left := a.(int)
	j, right := b.(int)
	if left && right {
		if k, ok := integers(op.sign, i, j); ok {
			return k
		}
	}
	x, _ := asDecimal(a)
	y, _ := asDecimal(b)
	f.weigh(x, y)
	switch op.sign {
	case "+":
		return f.compute(op, (*apd.Context).Add, x, y, left && right)
	case "-":
		return f.compute(op, (*apd.Context).Sub, x, y, left && right)
	case "*":
		return f.compute(op, (*apd.Context).Mul, x, y, left && right)
	case "/":
		return f.divide(op, x, y)
	case "%":
		return f.remainder(op, x, y)
	default:
		return f.power(op, x, y)
	}
}

// number returns a numeric operand.
func number(v any, name, user string) any {
	switch v.(type) {
	case int, Decimal:
		return v
	default:
		panic(evalErrorf("%s is %s; %s needs a number", name, withArticle(v), user))
	}
}

// integers computes with ints alone, if the result is an int.
func integers(sign string, i, j int) (int, bool) {
	switch sign {
	case "+":
		sum := i + j
		return sum, (sum > i) == (j > 0)
	case "-":
		difference := i - j
		return difference, (difference < i) == (j > 0)
	case "*":
		high, low := bits.Mul64(magnitude(i), magnitude(j))
		return i * j, high == 0 && low <= math.MaxInt64
	case "/":
		if j == 0 || i == math.MinInt || i%j != 0 {
			return 0, false
		}
		return i / j, true
	case "%":
		if j == 0 {
			return 0, false
		}
		return i % j, true
	default:
		return 0, false
	}
}

func magnitude(i int) uint64 {
	if i < 0 {
		return -uint64(i)
	}
	return uint64(i)
}

// rounding returns the arithmetic of decimals: IEEE 754 decimal128.
func rounding() *apd.Context {
	return &apd.Context{
		Precision:   Precision,
		MaxExponent: MaxExponent,
		MinExponent: -MaxExponent,
		Rounding:    apd.RoundHalfEven,
		Traps:       apd.DefaultTraps &^ (apd.Subnormal | apd.Underflow),
	}
}

// exact returns an arithmetic wide enough for every sum and product of ints.
func exact() *apd.Context {
	c := rounding()
	c.Precision = 40
	return c
}

type operator func(c *apd.Context, d, x, y *apd.Decimal) (apd.Condition, error)

func (f *frame) compute(op operation, run operator, x, y Decimal, ints bool) any {
	c := rounding()
	if ints {
		c = exact()
	}
	d := new(apd.Decimal)
	if _, err := run(c, d, x.apd(), y.apd()); err != nil {
		panic(evalErrorf("the result of %s %s %s is out of range", op.left, op.sign, op.right))
	}
	return f.result(d)
}

// result takes over the outcome of an operation.
func (f *frame) result(d *apd.Decimal) any {
	x, err := finite(d)
	if err != nil {
		panic(err)
	}
	return x.normal()
}

// divide gives as many digits as the quotient has, at most Precision.
func (f *frame) divide(op operation, x, y Decimal) any {
	if y.Sign() == 0 {
		panic(evalErrorf("division by zero in %s / %s", op.left, op.right))
	}
	d := new(apd.Decimal)
	if _, err := rounding().Quo(d, x.apd(), y.apd()); err != nil {
		panic(evalErrorf("the result of %s / %s is out of range", op.left, op.right))
	}
	return f.result(trimZeros(d, min(0, x.apd().Exponent-y.apd().Exponent)))
}

// trimZeros removes zeros from the end of a fraction, but none before the
// exponent that the operands suggest: 6/3 is 2, and 2.50/1 stays 2.50.
func trimZeros(d *apd.Decimal, ideal int32) *apd.Decimal {
	reduced, _ := new(apd.Decimal).Reduce(d)
	if reduced.Exponent <= ideal {
		return reduced
	}
	if d.Exponent >= ideal {
		return d
	}
	c := rounding()
	c.Precision = 2 * MaxDigits
	if _, err := c.Quantize(reduced, reduced, ideal); err != nil {
		return d
	}
	return reduced
}

// remainder has the sign of the dividend, as in 7 % -3 = 1.
func (f *frame) remainder(op operation, x, y Decimal) any {
	if y.Sign() == 0 {
		panic(evalErrorf("division by zero in %s %% %s", op.left, op.right))
	}
	c := rounding()
	c.Precision = 4 * MaxExponent
	d := new(apd.Decimal)
	if _, err := c.Rem(d, x.apd(), y.apd()); err != nil {
		panic(evalErrorf("the result of %s %% %s is out of range", op.left, op.right))
	}
	return f.result(d)
}

// maxPower is the greatest magnitude of an exponent.
const maxPower = 10_000

// power raises to a whole power by repeated squaring.
func (f *frame) power(op operation, x, y Decimal) any {
	n, ok := y.integer()
	if !ok || n > maxPower || n < -maxPower {
		panic(evalErrorf("%s must be a whole number of at most %d; it is an exponent", op.right, maxPower))
	}
	if n < 0 && x.Sign() == 0 {
		panic(evalErrorf("division by zero in %s %s %s", op.left, op.sign, op.right))
	}
	f.tick(64)
	c := exact()
	c.Precision = Precision + 10
	product, square := apd.New(1, 0), new(apd.Decimal).Set(x.apd())
	multiply := func(d, a, b *apd.Decimal) {
		if _, err := c.Mul(d, a, b); err != nil {
			panic(evalErrorf("the result of %s %s %s is out of range", op.left, op.sign, op.right))
		}
	}
	for left := max(n, -n); left > 0; left >>= 1 {
		if left&1 == 1 {
			multiply(product, product, square)
		}
		if left > 1 {
			multiply(square, square, square)
		}
	}
	if n < 0 {
		return f.divide(op, decimalOf(1), Decimal{d: product})
	}
	if product.Exponent >= 0 && product.NumDigits() <= Precision {
		return f.result(product)
	}
	if _, err := rounding().Round(product, product); err != nil {
		panic(evalErrorf("the result of %s %s %s is out of range", op.left, op.sign, op.right))
	}
	return f.result(product)
}

func (f *frame) negate(v any) any {
	if i, ok := v.(int); ok && i != math.MinInt {
		return -i
	}
	x, _ := asDecimal(v)
	return f.result(new(apd.Decimal).Neg(x.apd()))
}

// weigh spends the steps of an operation on decimals, whose cost grows with
// their digits and with the distance of their exponents.
func (m *meter) weigh(x, y Decimal) {
	a, b := x.apd(), y.apd()
	distance := int64(a.Exponent) - int64(b.Exponent)
	m.tick(int(a.NumDigits()+b.NumDigits()+max(distance, -distance)) / 16)
}
