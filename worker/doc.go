// Package worker runs the work of service tasks that you write yourself.
//
// A service task names an activity type and, if wanted, a task queue:
//
//	<perdure:task type="score-applicant" taskQueue="scoring" resultVariable="score"/>
//
// A worker is a program that serves that queue. It is ten lines:
//
//	func main() {
//		w, err := worker.New(worker.Options{TaskQueue: "scoring"})
//		if err != nil {
//			log.Fatal(err)
//		}
//		w.RegisterActivity("score-applicant", scoreApplicant)
//		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
//		err = w.Run(ctx)
//		stop()
//		if err != nil {
//			log.Fatal(err)
//		}
//	}
//
// The function is given the task's data, decoded from JSON, and returns its
// result, which is encoded to JSON:
//
//	func scoreApplicant(ctx context.Context, in Applicant) (Score, error)
//
// It runs at least once: after a crash or a time-out it is called again, with
// the same Task(ctx).Key. Hand that key on to whoever you write to. An error
// is a technical failure, which is tried again by the retry policy of the task
// and then becomes an incident. Error makes a BPMN error, which a boundary
// event catches.
//
// A worker in another language needs any SDK of Temporal and nothing of this
// package: the activity type, the queue, and JSON in and out.
package worker
