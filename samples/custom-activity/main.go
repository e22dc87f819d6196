// Command custom-activity serves the service tasks of type score-applicant.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/perdure/perdure/worker"
)

func main() {
	w, err := worker.New(worker.Options{TaskQueue: "scoring"})
	if err != nil {
		log.Fatal(err)
	}
	w.RegisterActivity("score-applicant", scoreApplicant)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = w.Run(ctx)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}
