package forwards

// ignoresModes is true where the system has no permission bits.
const ignoresModes = true
