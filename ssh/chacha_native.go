//go:build !js

package ssh

// chachaFirst: processors that run us natively have AES in hardware.
const chachaFirst = false
