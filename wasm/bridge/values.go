//go:build js

package bridge

import (
	"math"
	"syscall/js"

	"porthole/wasm/jsval"
)

// fields reads the fields of a JavaScript object and remembers the first that is not
// what the contract says.
type fields struct {
	value js.Value
	err   error
}

func fieldsOf(v js.Value) *fields {
	f := &fields{value: v}
	if v.Type() != js.TypeObject {
		f.err = invalid("The page called the SSH client without an object of options.")
	}
	return f
}

func (f *fields) get(name string, ok func(js.Value) bool) js.Value {
	if f.err != nil {
		return js.Undefined()
	}
	v := f.value.Get(name)
	if !ok(v) {
		f.err = invalid("The page called the SSH client with a wrong value of " + name + ".")
		return js.Undefined()
	}
	return v
}

func (f *fields) string(name string) string {
	v := f.get(name, func(v js.Value) bool { return v.Type() == js.TypeString })
	if f.err != nil {
		return ""
	}
	return v.String()
}

func (f *fields) bool(name string) bool {
	v := f.get(name, func(v js.Value) bool { return v.Type() == js.TypeBoolean })
	return f.err == nil && v.Bool()
}

// int reads a whole number from low to high.
func (f *fields) int(name string, low, high int) int {
	v := f.get(name, func(v js.Value) bool { return isInt(v, low, high) })
	if f.err != nil {
		return 0
	}
	return v.Int()
}

func isInt(v js.Value, low, high int) bool {
	if v.Type() != js.TypeNumber {
		return false
	}
	n := v.Float()
	return n == math.Trunc(n) && n >= float64(low) && n <= float64(high)
}

// strings reads an array of strings.
func (f *fields) strings(name string) []string {
	var all []string
	f.get(name, func(v js.Value) (ok bool) { all, ok = jsval.Strings(v); return ok })
	return all
}

// function reads a method of the object, which is called with Call.
func (f *fields) function(name string) {
	f.get(name, func(v js.Value) bool { return v.Type() == js.TypeFunction })
}

// stringMap reads a Record<string, string>.
func (f *fields) stringMap(name string) map[string]string {
	v := f.get(name, func(v js.Value) bool { return v.Type() == js.TypeObject })
	if f.err != nil {
		return nil
	}
	keys, _ := jsval.Strings(js.Global().Get("Object").Call("keys", v))
	all := make(map[string]string, len(keys))
	for _, key := range keys {
		value, ok := jsval.String(v.Get(key))
		if !ok {
			f.err = invalid("The page called the SSH client with a wrong value of " + name + ".")
			return nil
		}
		all[key] = value
	}
	return all
}

// optionalString reads a string or null, which is nil; false when v is anything else.
func optionalString(v js.Value) (text *string, ok bool) {
	if v.IsNull() {
		return nil, true
	}
	s, ok := jsval.String(v)
	return &s, ok
}
