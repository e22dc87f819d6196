package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// versionCommand prints what is in this binary.
type versionCommand struct {
	outputFlags
}

// Help implements kong.HelpProvider.
func (*versionCommand) Help() string {
	return `Examples:

    perdure version
    perdure version -o json`
}

// versions is what `perdure version -o json` prints.
type versions struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified,omitempty"` // built from files that were not committed
	Go       string `json:"go"`
	Platform string `json:"platform"`
	SDK      string `json:"temporalSDK"`
	Temporal string `json:"temporalServer"` // the embedded one
	WebUI    string `json:"temporalUI"`
}

// Run prints the versions.
func (cmd *versionCommand) Run(c console) error {
	v := readVersions()
	if cmd.json() {
		return printJSON(c.out, v)
	}
	commit := v.Commit
	if v.Modified {
		commit += " (modified)"
	}
	return printPairs(c.out, [][2]string{
		{"perdure", v.Version},
		{"commit", commit},
		{"go", v.Go + " " + v.Platform},
		{"temporal sdk", v.SDK},
		{"temporal server", v.Temporal},
		{"temporal ui", v.WebUI},
	})
}

// version is set by builds that know it better than the Go tool does:
//
//	go build -ldflags "-X main.version=v1.2.3" ./cmd/perdure
var version = "devel"

// readVersions reads what the Go tool has recorded in the binary.
func readVersions() versions {
	v := versions{
		Version:  version,
		Go:       runtime.Version(),
		Platform: fmt.Sprintf("%s/%s", runtime.GOOS, runtime.GOARCH),
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if main := info.Main.Version; v.Version == "devel" && main != "" && main != "(devel)" {
		v.Version = main
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	for _, m := range info.Deps {
		switch m.Path {
		case "go.temporal.io/sdk":
			v.SDK = m.Version
		case "go.temporal.io/server":
			v.Temporal = m.Version
		case "github.com/temporalio/ui-server/v2":
			v.WebUI = m.Version
		}
	}
	return v
}
