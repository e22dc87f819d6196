package expr

import "slices"

// countTrue counts the elements that are true.
func countTrue(c *call) any {
	n := 0
	for _, v := range c.list(0) {
		c.tick(1)
		if truth(v, "an element of "+c.operands[0].name, "count") {
			n++
		}
	}
	return n
}

// endOf is first and last, null if there is no element.
func endOf(c *call) any {
	if c.args[0] == nil {
		return nil
	}
	list := c.list(0)
	switch {
	case len(list) == 0:
		return nil
	case c.function == "first":
		return list[0]
	default:
		return list[len(list)-1]
	}
}

func take(c *call) any {
	list, n := c.list(0), c.whole(1)
	n = max(0, min(n, len(list)))
	return list[:n:n]
}

func reverse(c *call) any {
	list := c.list(0)
	c.elements(len(list))
	c.tick(len(list) / 8)
	reversed := slices.Clone(list)
	slices.Reverse(reversed)
	return reversed
}

// uniq keeps the first of equal elements.
func uniq(c *call) any {
	list := c.list(0)
	c.elements(len(list))
	kept := []any{}
	seen := make(map[string]bool, len(list))
	for _, v := range list {
		c.measure(v)
		key := c.json(reduced(v, 0))
		if !seen[key] {
			seen[key] = true
			kept = append(kept, v)
		}
	}
	return kept
}

func concat(c *call) any {
	n := 0
	for i := range c.args {
		n += len(c.list(i))
	}
	c.elements(n)
	c.tick(n / 8)
	all := make([]any, 0, n)
	for i := range c.args {
		all = append(all, c.list(i)...)
	}
	return all
}

// flatten puts the elements of lists within the list in their place, at every
// depth.
func flatten(c *call) any { return c.flatten([]any{}, c.list(0), 0) }

func (f *frame) flatten(to, list []any, depth int) []any {
	deeper(depth)
	for _, v := range list {
		f.tick(1)
		if inner, ok := v.([]any); ok {
			to = f.flatten(to, inner, depth+1)
			continue
		}
		f.grow(len(to) + 1)
		to = append(to, v)
	}
	return to
}

// sortList orders numbers or texts.
func sortList(c *call) any {
	var order any
	if len(c.args) > 1 {
		order = c.args[1]
	}
	return c.sorted(c.list(0), isDescending(order))
}

func (c *call) sorted(list []any, descending bool) []any {
	c.sortable(list, c.function)
	c.elements(len(list))
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b any) int { return ascending(a, b, descending) })
	return sorted
}
