//go:build race

package zone

// raced: the race detector allocates beside what is measured.
const raced = true
