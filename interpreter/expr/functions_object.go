package expr

// keys returns the keys of an object, sorted.
func keys(c *call) any {
	return c.entries(func(key string, _ any) any { return key })
}

// values returns the values of an object in the order of its keys.
func values(c *call) any {
	return c.entries(func(_ string, v any) any { return v })
}

// toPairs returns a list of [key, value] in the order of the keys.
func toPairs(c *call) any {
	return c.entries(func(key string, v any) any {
		c.elements(2)
		return []any{key, v}
	})
}

// entries makes a list of what is made of each entry of an object.
func (c *call) entries(of func(key string, v any) any) []any {
	object := c.object(0)
	c.elements(len(object))
	list := make([]any, 0, len(object))
	for _, key := range c.keys(object) {
		list = append(list, of(key, object[key]))
	}
	return list
}

// fromPairs makes an object of a list of [key, value]; a later key wins.
func fromPairs(c *call) any {
	list := c.list(0)
	c.frame.entries(len(list))
	object := make(map[string]any, len(list))
	for _, v := range list {
		c.tick(1)
		pair, ok := v.([]any)
		if !ok || len(pair) != 2 {
			panic(evalErrorf("fromPairs needs a list of [key, value]"))
		}
		key := c.keyText(pair[0], "a key")
		c.charge(len(key))
		object[key] = pair[1]
	}
	return object
}
