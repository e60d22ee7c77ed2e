//go:build race

package kube

// raced: the race detector allocates beside what is measured.
const raced = true
