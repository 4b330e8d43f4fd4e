package config

import (
	"crypto/x509"
	"slices"
)

// DevMark is the organisation in the certificate of every development server. A
// client sees it in the TLS handshake, before it says anything: the tour plays
// on such a server only, and a production server refuses to start with it.
const DevMark = "Coffre DEV: fictitious data"

// IsDev says whether a server's certificate carries the mark.
func IsDev(c *x509.Certificate) bool { return slices.Contains(c.Subject.Organization, DevMark) }
