//go:build !demo

package main

import (
	"strings"
	"testing"
)

func TestWithoutTheDemoTheOptionSaysSo(t *testing.T) {
	_, err := parse([]string{"--demo"}, environment())
	if err == nil || !strings.Contains(err.Error(), "built without the demo") {
		t.Errorf("got %v", err)
	}
}
