//go:build !race

package zone

const raced = false
