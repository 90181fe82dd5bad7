package wire

// FilesInfo is the part of GatewayInfo that the files panel needs. Its limits are kept by
// the client; what a device must refuse, the device has to refuse itself (docs/files.md).
type FilesInfo struct {
	// Enabled is false where the gateway wants no files panel at all.
	Enabled bool `json:"enabled"`
	// LogPaths is true where the gateway's log may hold paths and hashes of transfers;
	// otherwise they are not to be reported.
	LogPaths bool `json:"logPaths"`
	// ReadOnly forbids everything that changes the device's files.
	ReadOnly bool `json:"readOnly"`
	// MaxBytes is the size of the largest file, each direction; 0: no limit.
	MaxBytes int64 `json:"maxBytes"`
	// ReadPaths and WritePaths are absolute and allow what is below them; empty: all.
	ReadPaths  []string `json:"readPaths"`
	WritePaths []string `json:"writePaths"`
}

// TransferDirection is the way of a file, as the person in front of the page sees it.
type TransferDirection string

// The two ways.
const (
	TransferDownload TransferDirection = "download" // from the device
	TransferUpload   TransferDirection = "upload"   // to the device
)

// TransferResult is how a transfer ended.
type TransferResult string

// The three ends.
const (
	TransferDone      TransferResult = "done"
	TransferFailed    TransferResult = "failed"
	TransferCancelled TransferResult = "cancelled"
)
