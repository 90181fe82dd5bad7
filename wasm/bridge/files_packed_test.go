//go:build js

package bridge_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"testing"

	"porthole/ssh/files/fsys"
	"porthole/wasm/jsval"
)

// unpacker is a shelf that takes gzip.
type unpacker struct{ *shelf }

func (u unpacker) Packs() bool { return true }

func (u unpacker) WritePacked(member []byte, size int) error {
	z, err := gzip.NewReader(bytes.NewReader(member))
	if err != nil {
		return err
	}
	data, err := io.ReadAll(z)
	if err != nil || len(data) != size {
		return &fsys.Error{Message: "A member of another size.", Err: err}
	}
	_, err = u.Write(data)
	return err
}

func TestPackedAndPlainPiecesOfAnUploadArriveInOrder(t *testing.T) {
	var target shelf
	s := newShelves(t, &fakeFS{write: func(context.Context) fsys.Writer { return unpacker{&target} }})
	upload := s.await(s.files.Call("upload", "/x", anyTarget()))
	if !upload.Get("packs").Bool() {
		t.Error("it does not say that it packs")
	}
	var member bytes.Buffer
	z := gzip.NewWriter(&member)
	_, _ = z.Write([]byte("packed, "))
	_ = z.Close()
	s.await(upload.Call("write", jsval.Bytes([]byte("plain, "))))
	s.await(upload.Call("writePacked", jsval.Bytes(member.Bytes()), len("packed, ")))
	s.await(upload.Call("write", jsval.Bytes([]byte("plain"))))
	s.rejects(upload.Call("writePacked", "text", 1), "invalid")
	s.rejects(upload.Call("writePacked", jsval.Bytes(nil), -1), "invalid")
	s.await(upload.Call("finish"))
	if got := target.data.String(); got != "plain, packed, plain" {
		t.Errorf("%q arrived", got)
	}
}

func TestAnUploadThatCannotBePackedSaysSo(t *testing.T) {
	s := newShelves(t, &fakeFS{write: func(context.Context) fsys.Writer { return &shelf{} }})
	upload := s.await(s.files.Call("upload", "/x", anyTarget()))
	if upload.Get("packs").Bool() {
		t.Error("it says that it packs")
	}
	s.rejects(upload.Call("writePacked", jsval.Bytes([]byte{1}), 1), "invalid")
}
