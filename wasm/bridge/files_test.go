//go:build js

package bridge_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/sshtest"
	"porthole/wasm/jsval"
)

// noLimits is NO_LIMITS of web/src/bridge/files.ts.
func noLimits() map[string]any {
	return map[string]any{
		"readOnly": false, "maxBytes": 0, "readPaths": []any{}, "writePaths": []any{}, "readNothing": false,
	}
}

// shelves is a connection whose files are fs.
type shelves struct {
	*world
	connection, files js.Value
}

func newShelves(t *testing.T, fs fsys.FS) *shelves {
	t.Helper()
	w := newWorld(t, sshtest.Options{})
	w.fs = func(context.Context, fsys.Peer) (fsys.FS, error) { return fs, nil }
	s := &shelves{world: w, connection: w.open(nil)}
	s.files = w.await(s.connection.Call("files", noLimits()))
	return s
}

// batches is a sink of listings.
func (w *world) batches() (sink js.Value, text func() string) {
	var all strings.Builder
	entries := js.FuncOf(func(_ js.Value, args []js.Value) any {
		all.WriteString(args[0].String())
		return nil
	})
	w.t.Cleanup(entries.Release)
	sink = js.Global().Get("Object").New()
	sink.Set("entries", entries)
	return sink, all.String
}

// split takes entries apart: eleven fields each.
func split(t *testing.T, text string) [][]string {
	t.Helper()
	fields := strings.Split(text, "\x00")
	if len(fields)%11 != 1 || fields[len(fields)-1] != "" {
		t.Fatalf("%d fields are no list of entries", len(fields))
	}
	var all [][]string
	for i := 0; i+11 <= len(fields); i += 11 {
		all = append(all, fields[i:i+11])
	}
	return all
}

func TestAnEntryCrossesFieldByField(t *testing.T) {
	s := newShelves(t, &fakeFS{entry: fsys.Entry{
		Name: "a b\n\"ü\xff\uef80", Type: fsys.Link, Size: 1 << 60, Modified: someTime, Mode: 0o4755, UID: 1000, GID: -1,
		Owner: "pi", Target: "../x\x00y", TargetType: fsys.Dir,
	}})
	got := split(t, s.await(s.files.Call("stat", "/a", false)).String())
	want := []string{
		"a b\n\"ü\uefff\uefee\uefbe\uef80", "link", "9007199254740991", "1700000000123", "2541", "1000", "", "pi", "", "../x\ufffdy", "dir",
	}
	if fmt.Sprintf("%q", got[0]) != fmt.Sprintf("%q", want) {
		t.Errorf("it crossed as\n%q, want\n%q", got[0], want)
	}
	info := s.files.Get("info")
	if info.Get("home").String() != "/home/p\uefff" || info.Get("backend").String() != "shell" ||
		!info.Get("hash").Bool() || info.Get("gzip").Bool() || info.Get("missing").Index(0).String() != "stat" {
		t.Errorf("info %s", js.Global().Get("JSON").Call("stringify", info))
	}
}

func TestNamesThatLeadElsewhereAreLeftOut(t *testing.T) {
	s := newShelves(t, &fakeFS{list: func(_ context.Context, each func([]fsys.Entry) error) error {
		var all []fsys.Entry
		for _, name := range []string{"..", "", ".", "/etc/passwd", "a/b", "x\x00y", "good", "...", "-rf"} {
			all = append(all, fsys.Entry{Name: name, Type: "nonsense", TargetType: "\x00"})
		}
		return each(all)
	}})
	sink, text := s.batches()
	s.await(s.files.Call("list", "/", sink))
	var names []string
	for _, e := range split(t, text()) {
		names = append(names, e[0])
		if e[1] != "unknown" || e[10] != "unknown" {
			t.Errorf("%q is a %q to a %q", e[0], e[1], e[10])
		}
	}
	if got := strings.Join(names, " "); got != "good ... -rf" {
		t.Errorf("listed %q", got)
	}
}

func TestAPathArrivesByteByByte(t *testing.T) {
	fs := &fakeFS{}
	s := newShelves(t, fs)
	s.rejects(s.files.Call("stat", "/d\uefff\n -x'\"ü", false), "not_found")
	if fs.asked[0] != "/d\xff\n -x'\"ü" {
		t.Errorf("asked for %q", fs.asked[0])
	}
	for _, bad := range []any{"/a\x00b", "", nil, 7, "/" + strings.Repeat("x", 1<<20)} {
		code := "invalid"
		if text, ok := bad.(string); ok && len(text) > 1000 {
			code = "name_too_long"
		}
		s.rejects(s.files.Call("stat", bad, false), code)
	}
	if len(fs.asked) != 1 {
		t.Errorf("the device was asked %q", fs.asked[1:])
	}
}

func TestWhatTheDeviceCannotTellIsNull(t *testing.T) {
	s := newShelves(t, &fakeFS{})
	for _, got := range []js.Value{
		s.await(s.files.Call("space", "/")), s.await(s.files.Call("hash", "/a", -1)), s.await(s.files.Call("digest", "/a", -1)),
	} {
		if !got.IsNull() {
			t.Errorf("got %v", got)
		}
	}
}

// A listing of 50,000 entries must cross in well under half a second.
func TestAListingOfFiftyThousandCrossesQuickly(t *testing.T) {
	const total = 50_000
	var batch []fsys.Entry
	for i := range 100 {
		batch = append(batch, fsys.Entry{
			Name: fmt.Sprintf("measurement-%05d.csv", i), Type: fsys.File, Size: 123_456, Modified: someTime, Mode: 0o644, Owner: "root", Group: "root",
		})
	}
	s := newShelves(t, &fakeFS{list: func(_ context.Context, each func([]fsys.Entry) error) error {
		for range total / len(batch) {
			if err := each(batch); err != nil {
				return err
			}
		}
		return nil
	}})
	sink := js.Global().Get("Function").New("return {text: '', entries(batch) { this.text += batch; }}").Invoke()
	best := limit
	for range 3 { // the first time, the browser still compiles
		sink.Set("text", "")
		begin := time.Now()
		s.await(s.files.Call("list", "/", sink))
		best = min(best, time.Since(begin))
	}
	if got := strings.Count(sink.Get("text").String(), "\x00"); got != 11*total {
		t.Errorf("%d fields crossed, want %d", got, 11*total)
	}
	if best > 500*time.Millisecond {
		t.Errorf("%d entries took %v", total, best)
	}
	t.Logf("%d entries in %v", total, best)
}

// The page that has no time holds the device back, and an abort ends the listing.
func TestAListingWithoutEndIsHeldAndEnds(t *testing.T) {
	listed := 0
	s := newShelves(t, &fakeFS{list: func(_ context.Context, each func([]fsys.Entry) error) error {
		for {
			listed++
			if err := each([]fsys.Entry{{Name: strings.Repeat("x", 200), Type: fsys.File}}); err != nil {
				return err
			}
		}
	}})
	sink := js.Global().Get("Object").New()
	first := make(chan struct{}, 100)
	entries := js.FuncOf(func(js.Value, []js.Value) any {
		first <- struct{}{}
		return jsval.NewPromise().Value
	})
	defer entries.Release()
	sink.Set("entries", entries)
	abort := js.Global().Get("AbortController").New()
	pending := s.files.Call("list", "/", sink, abort.Get("signal"))
	<-first
	runtime.Gosched()
	if listed > 1000 || len(first) > 0 {
		t.Errorf("%d entries were listed while nobody took them", listed)
	}
	abort.Call("abort")
	s.rejects(pending, "cancelled")
}

// pull reads a download to its end.
func (w *world) pull(download js.Value) ([]byte, error) {
	w.t.Helper()
	var all []byte
	for {
		piece, err := w.settle(download.Call("read"))
		if err != nil || piece.IsNull() {
			return all, err
		}
		data, ok := jsval.GoBytes(piece)
		if !ok || len(data) == 0 || len(data) > 256<<10 || piece.Get("buffer").Get("byteLength").Int() != len(data) {
			w.t.Fatalf("a piece of %d bytes, which must fill its buffer", len(data))
		}
		all = append(all, data...)
	}
}

func someBytes(n int) []byte {
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return data
}

func anyFile(offset, length int) map[string]any {
	return map[string]any{"offset": offset, "length": length, "gzip": false}
}

func TestADownloadArrivesAsItIs(t *testing.T) {
	for _, size := range []int{0, 1, 256 << 10, 5<<20 + 17} {
		want := someBytes(size)
		s := newShelves(t, &fakeFS{entry: fsys.Entry{Name: "x", Type: fsys.File, Size: 7}, read: func(context.Context) io.ReadCloser {
			return &stream{Reader: bytes.NewReader(want)}
		}})
		download := s.await(s.files.Call("download", "/x", anyFile(0, -1)))
		if e := split(t, download.Get("entry").String()); e[0][0] != "x" || e[0][2] != "7" {
			t.Errorf("the entry is %q", e)
		}
		if got, err := s.pull(download); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d bytes came, %v; want %d as they are", len(got), err, len(want))
		}
		s.rejects(download.Call("read"), "closed")
	}
}

func TestADownloadThatNobodyReadsIsBounded(t *testing.T) {
	read := 0
	s := newShelves(t, &fakeFS{entry: fsys.Entry{Name: "zero"}, read: func(context.Context) io.ReadCloser {
		return &stream{Reader: readerFunc(func(p []byte) (int, error) {
			n := min(len(p), 32<<10)
			read += n
			return n, nil
		})}
	}})
	download := s.await(s.files.Call("download", "/zero", anyFile(0, -1)))
	s.await(download.Call("read"))
	for range 100 {
		runtime.Gosched()
	}
	if read > 2<<20 {
		t.Errorf("%d bytes were read ahead", read)
	}
	download.Call("cancel")
	s.rejects(download.Call("read"), "cancelled")
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func anyTarget() map[string]any {
	return map[string]any{"offset": 0, "fresh": false, "mode": nil, "gzip": false}
}

func TestAnUploadArrivesInOrder(t *testing.T) {
	target := &shelf{}
	s := newShelves(t, &fakeFS{write: func(context.Context) fsys.Writer { return target }})
	upload := s.await(s.files.Call("upload", "/x", anyTarget()))
	want := someBytes(9<<20 + 5)
	for rest := want; len(rest) > 0; {
		n := min(len(rest), 300_000)
		data := jsval.Bytes(rest[:n])
		taken := upload.Call("write", data)
		data.Call("fill", 0) // it was copied
		s.await(taken)
		rest = rest[n:]
	}
	s.await(upload.Call("finish"))
	if !bytes.Equal(target.data.Bytes(), want) {
		t.Errorf("%d bytes arrived, want %d as they were", target.data.Len(), len(want))
	}
	if got := upload.Call("confirmed").Int(); got != len(want) {
		t.Errorf("%d bytes are confirmed, want %d", got, len(want))
	}
	s.rejects(upload.Call("write", data(1)), "closed")
}

func data(n int) js.Value { return js.Global().Get("Uint8Array").New(n) }

func TestAnUploadThatTheDeviceDoesNotTakeAsksForPatience(t *testing.T) {
	target := &shelf{gate: make(chan struct{})}
	s := newShelves(t, &fakeFS{write: func(context.Context) fsys.Writer { return target }})
	upload := s.await(s.files.Call("upload", "/x", anyTarget()))
	s.await(upload.Call("write", data(4<<20)))
	waiting := upload.Call("write", data(1<<20))
	settled := false
	then := js.FuncOf(func(js.Value, []js.Value) any { settled = true; return nil })
	defer then.Release()
	waiting.Call("then", then)
	s.rejects(upload.Call("write", data(4<<20)), "invalid") // more than the bound
	if settled {
		t.Error("a write resolved although 5 MiB wait")
	}
	target.gate <- struct{}{}
	s.await(waiting)
	close(target.gate)
	s.await(upload.Call("finish"))
	if target.data.Len() != 5<<20 {
		t.Errorf("%d bytes arrived", target.data.Len())
	}
}

func TestAFullDiskEndsAnUploadAndItSaysWhere(t *testing.T) {
	target := &shelf{full: 1 << 20}
	s := newShelves(t, &fakeFS{write: func(context.Context) fsys.Writer { return target }})
	upload := s.await(s.files.Call("upload", "/x", anyTarget()))
	s.await(upload.Call("write", data(1<<20)))
	s.await(upload.Call("write", data(1)))
	s.rejects(upload.Call("finish"), "no_space")
	s.rejects(upload.Call("write", data(1)), "no_space")
	s.rejects(upload.Call("finish"), "no_space")
	if got := upload.Call("confirmed").Int(); got != 1<<20 {
		t.Errorf("%d bytes are confirmed", got)
	}
}

// Each way to end what the device does not answer ends it, with its own code.
func TestWhatIsUnderWayEndsWithItsReason(t *testing.T) {
	for name, c := range map[string]struct {
		code string
		end  func(s *shelves, stream, abort js.Value)
	}{
		"cancel":     {"cancelled", func(_ *shelves, stream, _ js.Value) { stream.Call("cancel") }},
		"abort":      {"cancelled", func(_ *shelves, _, abort js.Value) { abort.Call("abort") }},
		"close":      {"closed", func(s *shelves, _, _ js.Value) { s.files.Call("close") }},
		"disconnect": {"closed", func(s *shelves, _, _ js.Value) { s.connection.Call("close") }},
		"loss":       {"lost", func(s *shelves, _, _ js.Value) { s.unplug() }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShelves(t, &fakeFS{
				entry: fsys.Entry{Name: "x", Type: fsys.File},
				read:  func(ctx context.Context) io.ReadCloser { return silent{ctx} },
				write: func(ctx context.Context) fsys.Writer { return silent{ctx} },
			})
			abort := js.Global().Get("AbortController").New()
			download := s.await(s.files.Call("download", "/x", anyFile(0, -1), abort.Get("signal")))
			read := download.Call("read")
			c.end(s, download, abort)
			s.rejects(read, c.code)
			s.rejects(download.Call("read"), c.code)
			download.Call("cancel")
			if name == "close" || name == "disconnect" || name == "loss" {
				if got := s.await(s.files.Get("closed")).Get("code").String(); got != c.code {
					t.Errorf("the files closed with %s, want %s", got, c.code)
				}
				s.await(s.files.Call("close"))
				return
			}
			abort = js.Global().Get("AbortController").New()
			upload := s.await(s.files.Call("upload", "/x", anyTarget(), abort.Get("signal")))
			s.await(upload.Call("write", data(10)))
			held := upload.Call("write", data(5<<20))
			finish := upload.Call("finish")
			c.end(s, upload, abort)
			s.rejects(held, c.code)
			s.rejects(finish, c.code)
			s.rejects(upload.Call("write", data(1)), c.code)
		})
	}
}
