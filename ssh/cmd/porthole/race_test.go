//go:build race

package main

// raceDetector makes copying many times slower.
const raceDetector = true
