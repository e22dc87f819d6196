// Package dispatch carries out in Temporal what the repository has promised:
// starts, message deliveries, broadcasts, timer starts and stops.
//
// A caller of the API commits a row first and then asks the Dispatcher to carry
// it out at once. Whatever did not get so far, because Temporal was away or a
// process died between the two, is found and finished by Run. Everything here
// may be repeated and may run in several processes: workflow ids and update ids
// are those of the rows, so that Temporal takes each of them once.
//
// The package does not know HTTP and contains no workflow code.
package dispatch
