package config

import (
	"strings"
	"time"

	"github.com/coffre-fort/coffre/vault/seal"
)

// A Config is a whole configuration. [Parse] and [Load] return only what passed
// every check; paths are then absolute. The commented file that init writes
// (coffred.yaml in this folder) documents each field for operators.
type Config struct {
	// Realm says whether the data is of real people. Data of one realm is never
	// opened as the other.
	Realm Realm `yaml:"realm"`
	// Listen is the address of the gRPC listener, host:port.
	Listen string `yaml:"listen"`
	// Keeper, in the file of an API node, is where the keeper is: coffred serve then
	// holds no key, and the file names no secret.
	Keeper *Keeper `yaml:"keeper"`
	// KeeperListen, in the keeper's own file, is where API nodes reach it: coffred
	// keeper then serves them and nobody else, and there is no Listen and no TLS.
	KeeperListen *KeeperListen `yaml:"keeper_listen"`
	// PublicURL is where people reach the service: https, no path.
	PublicURL string `yaml:"public_url"`
	TLS       TLS    `yaml:"tls"`
	// DataDir holds the trail and the state, on a disk that keeps what was synced.
	DataDir string `yaml:"data_dir"`
	// Bucket keeps chains, contents and sealed keys.
	Bucket Place `yaml:"bucket"`
	// Anchors is the second place for checkpoints, out of reach of who holds the
	// first.
	Anchors Place `yaml:"anchors"`
	// SingleKeeper lets a bucket serve that does not refuse a second write: the
	// operator then vouches that only one keeper ever runs.
	SingleKeeper bool    `yaml:"single_keeper"`
	Secrets      Secrets `yaml:"secrets"`
	// Genesis is the vault chain's first verifying key, the one on the key card.
	Genesis VerifyKey `yaml:"genesis"`
	// Issuers are the OpenID issuers people may log in at, in the order to offer.
	Issuers []Issuer `yaml:"issuers"`
	// Local, when set, lets the service keep accounts of its own, for people who have
	// no issuer: it is then one more of Issuers, named "local".
	Local  *Local `yaml:"local"`
	Limits Limits `yaml:"limits"`
	// Recovery is about recovery kits.
	Recovery Recovery `yaml:"recovery"`
	// Papers says where the structure's own rows of the catalogue of papers are.
	Papers Papers `yaml:"papers"`
	// Hosting is what the operator declares of the hosting.
	Hosting Hosting `yaml:"hosting"`
	// TrailRetention is how long the trail is kept. It is stated in the contract
	// with the person (CPCE R.55-4, L-19), so there is no default.
	TrailRetention Retention `yaml:"trail_retention"`
	// Reflection lets tools such as grpcurl ask the server for its API.
	Reflection bool `yaml:"reflection"`
	// Log is debug, info, warn or error; info when empty.
	Log Level `yaml:"log"`
}

// Papers is what a structure knows of papers otherwise than the catalogue that
// comes with the program.
type Papers struct {
	// Local is a folder with one file a topic; empty for none. A file that is not
	// one, or that contradicts the rest, keeps the service from starting.
	Local string `yaml:"local"`
}

// Hosting is the operator's own word: nothing here makes it true.
type Hosting struct {
	// HDS says that every host of what is kept may hold health data (CSP art.
	// L.1111-8, L-41, L-83). While it is false no paper is taken under a kind that
	// tells of somebody's health.
	HDS bool `yaml:"hds"`
}

// TLS names the files of the server's certificate.
type TLS struct {
	// CertFile is a PEM chain, the server's own certificate first.
	CertFile string `yaml:"cert_file"`
	// KeyFile is its private key, in PEM.
	KeyFile string `yaml:"key_file"`
}

// Keeper says how an API node reaches the keeper.
type Keeper struct {
	// Dial is unix:// and an absolute path, or host:port.
	Dial string `yaml:"dial"`
	// For host:port: the authority of the keeper's certificate, and this node's own
	// certificate and key.
	Pair `yaml:",inline"`
}

// KeeperListen says where the keeper listens for API nodes.
type KeeperListen struct {
	// Address is unix:// and an absolute path, or host:port.
	Address string `yaml:"address"`
	// For host:port: the authority of the nodes' certificates, which signs nothing
	// else, and the keeper's own certificate and key.
	Pair `yaml:",inline"`
}

// A Pair names the files by which node and keeper know each other over a network.
type Pair struct {
	// CAFile holds the only authorities that are believed, in PEM.
	CAFile string `yaml:"ca_file"`
	TLS    `yaml:",inline"`
}

// Socket is the path of a unix socket, or empty for host:port.
func Socket(address string) string {
	path, ok := strings.CutPrefix(address, "unix://")
	if !ok {
		return ""
	}
	return path
}

// A Place is where objects are kept: exactly one of its fields is set.
type Place struct {
	// Dir is a folder of this machine.
	Dir string `yaml:"dir,omitempty"`
	// S3 is a bucket of an S3 service.
	S3 *S3 `yaml:"s3,omitempty"`
}

// S3 says which bucket, and with which key. See storage/s3 for what the service
// must keep to.
type S3 struct {
	// Endpoint is scheme and host, such as https://s3.example.fr.
	Endpoint string `yaml:"endpoint"`
	// Bucket must exist.
	Bucket string `yaml:"bucket"`
	// Region is what requests are signed for; may be empty.
	Region string `yaml:"region,omitempty"`
	// Prefix goes in front of every name; may be empty, else it ends in a slash.
	Prefix string `yaml:"prefix,omitempty"`
	// CredentialsFile holds the access key on its first line and the secret key on
	// its second.
	CredentialsFile string `yaml:"credentials_file"`
	// CAFile, when set, holds the only authorities trusted for the endpoint.
	CAFile string `yaml:"ca_file,omitempty"`
}

// Secrets name the files of the keeper's secrets.
type Secrets struct {
	// MasterFile holds the master identity, as age-keygen -pq writes one.
	MasterFile string `yaml:"master_file"`
	// MasterEpoch is the number of that master; 1 until it is first replaced.
	MasterEpoch uint64 `yaml:"master_epoch"`
	// FormerMasters are the masters before: something may be sealed to each of them
	// until coffred master destroy has ended it.
	FormerMasters []FormerMaster `yaml:"former_masters,omitempty"`
	// SigningFile holds the signing key.
	SigningFile string `yaml:"signing_file"`
	// PepperFile holds 32 random bytes in hexadecimal.
	PepperFile string `yaml:"pepper_file"`
}

// A FormerMaster is a master that was replaced and is not destroyed yet.
type FormerMaster struct {
	// Epoch is its number, lower than that of the master.
	Epoch uint64 `yaml:"epoch"`
	// File holds the identity. Once the epoch was destroyed there is none.
	File string `yaml:"file"`
}

// An Issuer is an OpenID issuer people may log in at.
type Issuer struct {
	// Name is short and stable: coffre login --issuer NAME.
	Name string `yaml:"name"`
	// DisplayName is what people read, in French.
	DisplayName string `yaml:"display_name"`
	// Issuer is the exact address, as in its discovery document.
	Issuer string `yaml:"issuer"`
	// ClientID is the public client that the command line logs in as.
	ClientID string `yaml:"client_id"`
	// OtherClientIDs are further clients of ours at that issuer.
	OtherClientIDs []string `yaml:"other_client_ids,omitempty"`
	// Algs are the accepted signature algorithms: ES256, RS256, PS256, EdDSA.
	Algs []string `yaml:"algs,omitempty"`
	// ACRs, when set, are the accepted authentication classes.
	ACRs []string `yaml:"acrs,omitempty"`
	// StrongACRs are the classes that stand for a second factor, which agents
	// need: at ProConnect eidas0-mfa, eidas1-mfa, eidas2 and eidas3. None by default.
	StrongACRs []string `yaml:"strong_acrs,omitempty"`
	// StrongAMRs are the methods (RFC 8176) that stand for one, where the issuer
	// names methods. Left out: [auth.StrongMethods]. An empty list: none does.
	StrongAMRs []string `yaml:"strong_amrs,omitempty"`
	// SIRETClaim names the claim by which the issuer says where an agent works, at
	// ProConnect siret. An agent whose structure is another one is then refused.
	SIRETClaim string `yaml:"siret_claim,omitempty"`
}

// Local says whom the service keeps accounts for.
type Local struct {
	// Persons may have one: a password, chosen with a code from the counter.
	Persons bool `yaml:"persons"`
	// Agents may have one: a password and one-time codes (TOTP).
	Agents bool `yaml:"agents"`
	// Help, when set, says on the login pages whom to ask, in one French sentence.
	Help string `yaml:"help,omitempty"`
}

// LocalName is the name of the issuer that [Local] adds, and LocalClient the client
// that the command line is there.
const (
	LocalName   = "local"
	LocalClient = "coffre-cli"
)

// LocalIssuer is the address of the service's own accounts: below PublicURL, on the
// same port.
func (c Config) LocalIssuer() string { return c.PublicURL + "/compte" }

// Limits bound what a call may take; zero values mean the default.
type Limits struct {
	// MaxDocumentMiB is the largest document, in MiB: 1 to 100, 100 by default.
	MaxDocumentMiB int64 `yaml:"max_document_mib"`
	// MaxSafeMiB is how much one safe may hold, in MiB: 100 to 1048576, 10240 by
	// default.
	MaxSafeMiB int64 `yaml:"max_safe_mib"`
	// ConsentDays is how long a consent may last, in days: 182 to 365, 182 by
	// default. What is longer than 182 takes a second agent each time.
	ConsentDays int `yaml:"consent_days"`
	// SessionIdle is how long a session may lie unused: 15 min by default.
	SessionIdle time.Duration `yaml:"session_idle"`
	// SharedIdle is the same on a computer that others use: 5 min by default.
	SharedIdle time.Duration `yaml:"shared_idle"`
	// SessionMax is how long a session lives at most: 10 h by default.
	SessionMax time.Duration `yaml:"session_max"`
	// UnlockIdle is how long an unlocked safe may lie unused: 15 min by default.
	UnlockIdle time.Duration `yaml:"unlock_idle"`
}

// Recovery is about recovery kits.
type Recovery struct {
	// Delay is how long two recovery sheets wait before they open: 48 h by
	// default, 24 h at least where data is real; 2 s by default where it is not.
	Delay time.Duration `yaml:"delay"`
}

// A VerifyKey is a verifying key as text.
type VerifyKey struct{ seal.VerifyKey }
