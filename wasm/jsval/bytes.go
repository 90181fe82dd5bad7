//go:build js

package jsval

import "syscall/js"

var uint8Array = js.Global().Get("Uint8Array")

// Bytes copies p into a new Uint8Array that owns its whole ArrayBuffer, so that
// JavaScript can transfer it.
func Bytes(p []byte) js.Value {
	array := uint8Array.New(len(p))
	js.CopyBytesToJS(array, p)
	return array
}

// GoBytes copies a Uint8Array; false when v is anything else.
func GoBytes(v js.Value) ([]byte, bool) {
	if !IsBytes(v) {
		return nil, false
	}
	p := make([]byte, v.Length())
	js.CopyBytesToGo(p, v)
	return p, true
}

// IsBytes tells whether v is a Uint8Array.
func IsBytes(v js.Value) bool { return v.Type() == js.TypeObject && v.InstanceOf(uint8Array) }

// String returns the string in v; false when v is anything else.
func String(v js.Value) (string, bool) {
	if v.Type() != js.TypeString {
		return "", false
	}
	return v.String(), true
}

// Strings returns the strings of an array; false when v is anything else.
func Strings(v js.Value) ([]string, bool) {
	if !IsArray(v) {
		return nil, false
	}
	all := make([]string, v.Length())
	for i := range all {
		s, ok := String(v.Index(i))
		if !ok {
			return nil, false
		}
		all[i] = s
	}
	return all, true
}

// IsArray tells whether v is an array.
func IsArray(v js.Value) bool { return js.Global().Get("Array").Call("isArray", v).Bool() }

// Array makes a JavaScript array of values that js.ValueOf takes.
func Array[T any](values []T) js.Value {
	array := js.Global().Get("Array").New()
	for _, v := range values {
		array.Call("push", v)
	}
	return array
}
