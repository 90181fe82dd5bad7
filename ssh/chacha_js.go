package ssh

// chachaFirst: without hardware AES, chacha20-poly1305 is four times as fast in wasm.
const chachaFirst = true
