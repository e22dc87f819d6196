package expr_test

import (
	"errors"

	"github.com/perdure/perdure/interpreter/expr"
)

func isEither(err error, eval **expr.EvalError, budget **expr.BudgetError) bool {
	return errors.As(err, eval) || errors.As(err, budget)
}
