package shellfs

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"porthole/ssh/files/fsys"
	"porthole/ssh/files/pace"
	"porthole/ssh/files/posix"
	"porthole/ssh/wire"
)

// files is the fsys.FS of this package.
type files struct {
	peer  fsys.Peer
	mark  string // what no file of the device holds: see the package's documentation
	turns chan struct{}
	long  chan struct{} // held beside a turn by what lasts as long as a transfer does
	info  fsys.Info
	tools tools

	extras   chan struct{} // turns of what can be done without
	down, up direction
	buffers  pace.Buffers // for requests
	asking   atomic.Int32 // calls that hold a turn and no session yet
	refused  atomic.Int64 // when the device refused a session last, ns since 1970
	latency  pace.Latency

	life context.Context //nolint:containedctx // ended by Close
	end  context.CancelFunc
	work sync.WaitGroup // turns that are taken; mu guards that none is after the end

	mu   sync.Mutex
	idle []*worker // guarded by mu
}

// Open finds out which tools the device has. The error's code is "files_refused" when it
// has no POSIX shell.
func Open(ctx context.Context, peer fsys.Peer) (fsys.FS, error) {
	mark, err := posix.NewMark()
	if err != nil {
		return nil, err
	}
	execs := maxExecs
	if strings.HasPrefix(peer.Server, "SSH-2.0-dropbear") {
		execs = fewExecs
	}
	f := &files{
		peer: peer, mark: mark, turns: make(chan struct{}, execs), long: make(chan struct{}, execs-1), extras: make(chan struct{}, moreLanes),
		down: direction{pace: pace.New(peer.Typed)}, up: direction{pace: pace.New(peer.Typed)},
		buffers: pace.NewBuffers(maxPiece/4, maxPiece),
	}
	f.life, f.end = context.WithCancel(context.Background())
	probing, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	answer, err := f.run(probing, operation{"probed", "."}, probe)
	if err == nil {
		err = f.learn(string(answer))
	}
	if err != nil {
		_ = f.Close()
		if ctx.Err() != nil {
			return nil, cancelError(ctx)
		}
		return nil, &fsys.Error{
			Code: wire.CodeFilesRefused, Err: err,
			Message: "The device offers neither SFTP nor a POSIX shell, so its files cannot be reached.",
		}
	}
	return f, nil
}

// Close ends what runs and waits for it.
func (f *files) Close() error {
	f.dropWorkers()
	f.work.Wait()
	return nil
}

func (f *files) Info() fsys.Info { return f.info }

// probeLimit is how long a device may take to show that it has a shell: what runs instead,
// a menu perhaps, may wait for ever.
const probeLimit = 30 * time.Second

// tools are what was found on the device.
type tools map[string]bool

// quotesTargets: see targetOf.
const quotesTargets = "stat quotes targets"

// What is tried on the device: the name is printed of each that works as it is used. They
// are run, not only looked for: BusyBox is built with any choice of options.
var probes = []struct {
	name, script string
	tool         string // what the person misses when it does not work; "" for a detail
}{
	{"find -printf", `find . ! -name . -prune -o -printf "` + findFormat + `"`, ""},
	{"find -exec +", `find . ! -name . -prune -o -exec true {} +`, ""},
	{"xargs -0", `find . ! -name . -prune -o -print0 && printf "a\0b\0" | xargs -0 true`, ""},
	{"stat", `stat -c "` + statFormat + `" . && stat -L -c %f .`, "stat"},
	{quotesTargets, `stat -c %N /proc/self | grep -q "^/.* -> [^0-9]"`, ""},
	{"ls --full-time", `ls -lnd --full-time .`, ""},
	{"ls", `ls -lnd .`, "ls"},
	{"cat", `cat`, "cat"},
	{"dd", `dd bs=1 count=0 skip=0`, "dd"},
	{"dd count_bytes", `[ "$(printf abc | dd bs=16 iflag=count_bytes count=2)" = ab ]`, ""},
	{"dd tells", `case $(dd bs=1 count=0 2>&1) in "0+0 "*) ;; *) false;; esac`, ""},
	{"dd fullblock", `[ "$(printf abcde | dd bs=2 count=2 iflag=fullblock conv=notrunc)" = abcd ]`, ""},
	{"head -c", `head -c 1`, ""},
	{"tail -c", `tail -c +1`, ""},
	{"truncate", `command -v truncate`, ""},
	{"sha256sum", `sha256sum`, "sha256sum"},
	{"openssl", `openssl dgst -sha256`, ""},
	{"gzip", `printf a | gzip -1 -c | gzip -d -c`, "gzip"},
	{"readlink", `command -v readlink`, ""},
	{"readlink -f", `readlink -f .`, ""},
	{"df -kP", `df -kP .`, ""},
	{"df -k", `df -k .`, "df"},
	{"mv -T", `mv --help 2>&1 | grep -q -e "-[a-zA-Z]*T"`, ""},
	{"mv -n", `mv --help 2>&1 | grep -q -e "-[a-zA-Z]*n"`, ""},
	{"GNU mv", `mv --version | grep -q GNU`, ""},
	{"touch -d", `touch -c -d @0 /porthole-no-such-file`, ""},
}

// essential tools make the file system; the rest have a fallback, or one thing cannot be
// done without them.
var essential = []string{"ls", "cat"}

// probe is the script of Open. Its first line is the working directory, which may end
// with line feeds itself: "/" stands behind it.
var probe = func() string {
	var b strings.Builder
	b.WriteString(`printf "%s//\n" "$(pwd -P; echo _)"; `)
	for _, p := range probes {
		fmt.Fprintf(&b, `( %s ) </dev/null >/dev/null 2>&1 && echo "%s"; `, p.script, p.name)
	}
	b.WriteString("exit 0")
	return b.String()
}()

// learn reads the answer to probe.
func (f *files) learn(answer string) error {
	home, names, found := strings.Cut(answer, "\n_//\n")
	if !found || !strings.HasPrefix(home, "/") {
		return fmt.Errorf("the shell answered %.200q", answer)
	}
	f.tools = make(tools)
	for name := range strings.Lines(names) {
		f.tools[strings.TrimSuffix(name, "\n")] = true
	}
	f.info = fsys.Info{Kind: fsys.Shell, Home: home, Hash: f.tools["sha256sum"] || f.tools["openssl"]}
	for _, p := range probes {
		if !f.tools[p.name] && p.tool != "" {
			f.info.Missing = append(f.info.Missing, p.tool)
		}
	}
	for _, name := range essential {
		if !f.tools[name] {
			return fmt.Errorf("the device has no %s", name)
		}
	}
	return nil
}

// roundTrip is the best guess there is, 0 at worst.
func (f *files) roundTrip() time.Duration {
	return f.latency.RoundTrip(f.peer.RoundTrip)
}
