// Package devserver embeds a whole Temporal server and its web UI in the
// process: frontend, history, matching and worker services over SQLite.
//
// It serves one machine: a developer's, a test's, or a small installation's.
// Nothing listens beyond the loopback interface and nothing is fetched from
// the network. With a data folder the state survives kill -9: commits go to a
// write-ahead log, so that only a crash of the machine itself may take back
// the last moments.
//
//	server, err := devserver.Start(ctx, devserver.Options{DataDir: "data", UI: true, UIPublicPath: "/temporal"})
//	...
//	defer server.Stop(ctx)
//	mux.Handle("/temporal/", server.UIHandler())
//	c, err := client.Dial(client.Options{HostPort: server.HostPort()})
//
// The server is tuned for latency at small scale, where Temporal's defaults
// are meant for clusters: Tuning says how.
package devserver
