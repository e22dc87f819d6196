// Package samples lists the processes that come with the platform, so that
// "perdure dev --sample <name>" can deploy one and start what it talks to.
package samples
