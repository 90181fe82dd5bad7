package forwards

// ports are the spare ports of the gateway's host and who has them.
type ports struct{}
