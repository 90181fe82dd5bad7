package ssh

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" //nolint:gosec // read only: older OpenSSL encrypts key files with 3DES
	"crypto/pbkdf2"
	"crypto/sha1" //nolint:gosec // read only: the default pseudo-random function of PBKDF2
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"hash"
)

// Encrypted PKCS#8 (RFC 5958 §3) with PBES2 (RFC 8018 §6.2) is what OpenSSL and
// "ssh-keygen -m PKCS8" write; neither x/crypto nor crypto/x509 reads it.
const pemEncryptedPKCS8 = "ENCRYPTED PRIVATE KEY"

// maxIterations bounds the work a key file can ask for; OpenSSL writes 2048.
const maxIterations = 5_000_000

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}

	errUnsupportedPKCS8 = errors.New("unsupported encryption of a PKCS#8 key")
)

// pseudoRandom are the hash functions of PBKDF2 (RFC 8018 §B.1.2) by OID.
var pseudoRandom = map[string]func() hash.Hash{
	"":                    sha1.New, // the default
	"1.2.840.113549.2.7":  sha1.New,
	"1.2.840.113549.2.9":  sha256.New,
	"1.2.840.113549.2.11": sha512.New,
}

// blockCiphers are the CBC ciphers (RFC 8018 §B.2) by OID, with key length in bytes.
var blockCiphers = map[string]struct {
	keyLen int
	block  func(key []byte) (cipher.Block, error)
}{
	"1.2.840.113549.3.7":      {24, des.NewTripleDESCipher},
	"2.16.840.1.101.3.4.1.2":  {16, aes.NewCipher},
	"2.16.840.1.101.3.4.1.22": {24, aes.NewCipher},
	"2.16.840.1.101.3.4.1.42": {32, aes.NewCipher},
}

type encryptedPrivateKeyInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

type pbes2Params struct {
	KeyDerivation pkix.AlgorithmIdentifier
	Encryption    pkix.AlgorithmIdentifier
}

type pbkdf2Params struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

func isEncryptedPKCS8(file []byte) bool {
	return bytes.Contains(file, []byte("-----BEGIN "+pemEncryptedPKCS8+"-----"))
}

// parseEncryptedPKCS8 decrypts; a wrong passphrase gives [x509.IncorrectPasswordError].
func parseEncryptedPKCS8(file, passphrase []byte) (any, error) {
	block, _ := pem.Decode(file)
	if block == nil || block.Type != pemEncryptedPKCS8 {
		return nil, errUnsupportedPKCS8
	}
	var info encryptedPrivateKeyInfo
	if _, err := asn1.Unmarshal(block.Bytes, &info); err != nil || !info.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, errUnsupportedPKCS8
	}
	plain, err := decryptPBES2(info, passphrase)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	key, err := x509.ParsePKCS8PrivateKey(plain)
	if err != nil {
		return nil, x509.IncorrectPasswordError // the padding fitted by chance
	}
	return key, nil
}

func decryptPBES2(info encryptedPrivateKeyInfo, passphrase []byte) ([]byte, error) {
	var params pbes2Params
	if _, err := asn1.Unmarshal(info.Algorithm.Parameters.FullBytes, &params); err != nil ||
		!params.KeyDerivation.Algorithm.Equal(oidPBKDF2) {
		return nil, errUnsupportedPKCS8
	}
	var kdf pbkdf2Params
	if _, err := asn1.Unmarshal(params.KeyDerivation.Parameters.FullBytes, &kdf); err != nil ||
		kdf.Iterations < 1 || kdf.Iterations > maxIterations {
		return nil, errUnsupportedPKCS8
	}
	newHash, hashKnown := pseudoRandom[kdf.PRF.Algorithm.String()]
	scheme, cipherKnown := blockCiphers[params.Encryption.Algorithm.String()]
	var iv []byte
	if _, err := asn1.Unmarshal(params.Encryption.Parameters.FullBytes, &iv); err != nil || !hashKnown || !cipherKnown {
		return nil, errUnsupportedPKCS8
	}
	key, err := pbkdf2.Key(newHash, string(passphrase), kdf.Salt, kdf.Iterations, scheme.keyLen)
	if err != nil {
		return nil, errUnsupportedPKCS8
	}
	defer clear(key)
	b, err := scheme.block(key)
	if err != nil || len(iv) != b.BlockSize() || len(info.Data) == 0 || len(info.Data)%b.BlockSize() != 0 {
		return nil, errUnsupportedPKCS8
	}
	plain := make([]byte, len(info.Data))
	cipher.NewCBCDecrypter(b, iv).CryptBlocks(plain, info.Data)
	return unpad(plain, b.BlockSize())
}

// unpad takes PKCS#7 padding away (RFC 8018 §6.1.1 step 4). A timing difference tells
// nobody anything here: file and passphrase are the person's own.
func unpad(plain []byte, size int) ([]byte, error) {
	last := plain[len(plain)-1:]
	n := int(last[0])
	if n == 0 || n > size || n > len(plain) || !bytes.Equal(plain[len(plain)-n:], bytes.Repeat(last, n)) {
		return nil, x509.IncorrectPasswordError
	}
	return plain[:len(plain)-n], nil
}
