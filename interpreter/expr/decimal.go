package expr

import (
	"math/big"

	"github.com/cockroachdb/apd/v3"
)

// Precision is the number of significant digits to which the result of an
// operation on decimals is rounded, half to even, as in IEEE 754 decimal128.
// A number that is read keeps the digits it has.
const Precision = 34

// Decimal is a decimal number that is not an int: it has a fraction, or it
// does not fit in 64 bits. It is immutable; the zero value is 0. Compare
// decimals with Cmp or Equal, never with ==.
type Decimal struct {
	d *apd.Decimal // nil is 0; never changed once it is set
}

// ParseDecimal reads a number as JSON writes it: 12.50, -3, 1e400.
func ParseDecimal(text string) (Decimal, error) {
	if !isNumber(text) {
		return Decimal{}, evalErrorf("%s is not a number", quoted(text))
	}
	return parseDigits(text)
}

// parseDigits reads a text that has the form of a number.
func parseDigits(text string) (Decimal, error) {
	if len(text) > MaxDigits {
		return Decimal{}, evalErrorf("the number has more than %d digits", MaxDigits)
	}
	d, _, err := apd.NewFromString(text)
	if err != nil || d.Form != apd.Finite {
		return Decimal{}, evalErrorf("%s is out of range: the greatest exponent is %d", quoted(text), MaxExponent)
	}
	return finite(d)
}

// finite makes a decimal of an apd number, or says that it is out of range. It
// copies the number, because apd keeps a number that once was large in another
// form than one that never was, and equal decimals shall have equal forms.
func finite(d *apd.Decimal) (Decimal, error) {
	if d.Form != apd.Finite {
		return Decimal{}, evalErrorf("the result is not a number")
	}
	adjusted := int64(d.Exponent) + d.NumDigits() - 1
	if adjusted > MaxExponent || int64(d.Exponent) < -(MaxExponent+Precision) {
		return Decimal{}, evalErrorf("the number is out of range: the greatest exponent is %d", MaxExponent)
	}
	c := new(apd.Decimal).Set(d)
	if c.IsZero() {
		c.Negative = false
	}
	return Decimal{d: c}, nil
}

// apd returns the number for reading only.
func (d Decimal) apd() *apd.Decimal {
	if d.d == nil {
		return new(apd.Decimal)
	}
	return d.d
}

// String returns the number with all its digits, as JSON writes it.
func (d Decimal) String() string {
	return d.apd().String()
}

// Cmp returns -1, 0 or 1 as d is less than, equal to or greater than other.
func (d Decimal) Cmp(other Decimal) int { return d.apd().Cmp(other.apd()) }

// Equal says whether two decimals have the same value: 1.10 equals 1.1.
func (d Decimal) Equal(other Decimal) bool { return d.Cmp(other) == 0 }

// Sign returns -1, 0 or 1.
func (d Decimal) Sign() int { return d.apd().Sign() }

// MarshalJSON writes a bare JSON number.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalJSON reads a bare JSON number.
func (d *Decimal) UnmarshalJSON(data []byte) error {
	read, err := ParseDecimal(string(data))
	if err != nil {
		return err
	}
	*d = read
	return nil
}

// size returns about how many bytes the number takes when it is written.
func (d Decimal) size() int { return 8 + int(d.apd().NumDigits()) }

// integer returns the number as an int, if it is whole and fits.
func (d Decimal) integer() (int, bool) {
	x := d.apd()
	if x.Exponent > 20 || x.NumDigits()+int64(x.Exponent) > 20 {
		return 0, false
	}
	if -int64(x.Exponent) > x.NumDigits() {
		return 0, x.IsZero()
	}
	i, err := x.Int64()
	return int(i), err == nil
}

// normal returns the number in the form the value model asks for: an int
// where it is whole, written without a fraction, and fits.
func (d Decimal) normal() any {
	if d.apd().Exponent >= 0 {
		if i, ok := d.integer(); ok {
			return i
		}
	}
	return d
}

// decimalOf returns an int as a decimal.
func decimalOf(i int) Decimal { return Decimal{d: apd.New(int64(i), 0)} }

// decimalOfBig returns a whole number of any size as a decimal.
func decimalOfBig(i *big.Int) Decimal {
	return Decimal{d: apd.NewWithBigInt(new(apd.BigInt).SetMathBigInt(i), 0)}
}

// isNumber says whether a text has the form of a JSON number (RFC 8259,
// section 6).
func isNumber(s string) bool {
	i := 0
	digits := func() bool {
		from := i
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(s) && s[i] == '-' {
		i++
	}
	whole := i
	if !digits() || (s[whole] == '0' && i > whole+1) {
		return false
	}
	if i < len(s) && s[i] == '.' {
		i++
		if !digits() {
			return false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == len(s)
}
