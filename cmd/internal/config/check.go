package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
)

// The defaults of [Limits].
const (
	defaultMaxDocument = 100 // MiB
	defaultIdle        = 15 * time.Minute
	defaultSharedIdle  = 5 * time.Minute
	defaultSessionMax  = 10 * time.Hour
)

// The bounds of [Recovery].
const (
	devKitDelay = 2 * time.Second
	maxKitDelay = 30 * 24 * time.Hour
)

// complete fills in defaults and makes paths absolute.
func (c *Config) complete(dir string) {
	if c.Realm == 0 {
		c.Realm = Realm(chain.RealmProduction)
	}
	if c.Limits.MaxDocumentMiB == 0 {
		c.Limits.MaxDocumentMiB = defaultMaxDocument
	}
	if c.Limits.MaxSafeMiB == 0 {
		c.Limits.MaxSafeMiB = vault.MaxSafe >> 20
	}
	if c.Limits.ConsentDays == 0 {
		c.Limits.ConsentDays = vault.ConsentDays
	}
	for _, d := range []struct {
		at      *time.Duration
		instead time.Duration
	}{
		{&c.Limits.SessionIdle, defaultIdle},
		{&c.Limits.SharedIdle, defaultSharedIdle},
		{&c.Limits.SessionMax, defaultSessionMax},
		{&c.Limits.UnlockIdle, defaultIdle},
	} {
		if *d.at == 0 {
			*d.at = d.instead
		}
	}
	if c.Recovery.Delay == 0 && chain.Realm(c.Realm) == chain.RealmDev {
		c.Recovery.Delay = devKitDelay
	} else if c.Recovery.Delay == 0 {
		c.Recovery.Delay = vault.KitDelay
	}
	if c.Local != nil && !slices.ContainsFunc(c.Issuers, func(i Issuer) bool { return i.Name == LocalName }) {
		c.Issuers = append(c.Issuers, Issuer{
			Name: LocalName, DisplayName: "Compte du service", Issuer: c.LocalIssuer(), ClientID: LocalClient, Algs: []string{"ES256"},
		})
	}
	for _, p := range c.paths() {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}

func (c *Config) paths() []*string {
	all := []*string{
		&c.TLS.CertFile, &c.TLS.KeyFile, &c.DataDir,
		&c.Secrets.MasterFile, &c.Secrets.SigningFile, &c.Secrets.PepperFile, &c.Papers.Local,
	}
	if c.Keeper != nil {
		all = append(all, &c.Keeper.CAFile, &c.Keeper.CertFile, &c.Keeper.KeyFile)
	}
	if c.KeeperListen != nil {
		all = append(all, &c.KeeperListen.CAFile, &c.KeeperListen.CertFile, &c.KeeperListen.KeyFile)
	}
	for i := range c.Secrets.FormerMasters {
		all = append(all, &c.Secrets.FormerMasters[i].File)
	}
	for _, p := range []*Place{&c.Bucket, &c.Anchors} {
		all = append(all, &p.Dir)
		if p.S3 != nil {
			all = append(all, &p.S3.CredentialsFile, &p.S3.CAFile)
		}
	}
	return all
}

// findings collects what is wrong, so that an operator reads it all at once.
type findings []error

func (f *findings) refuse(when bool, field, rule string) {
	if when {
		*f = append(*f, &FieldError{Field: field, Rule: rule})
	}
}

func (f *findings) required(value, field string) { f.refuse(value == "", field, "is required") }

func (c *Config) check() error {
	var f findings
	switch {
	case c.Keeper != nil && c.KeeperListen != nil:
		f.refuse(true, "keeper", "one file is a node's or the keeper's: keeper or keeper_listen, not both")
	case c.Keeper != nil:
		f.node(c)
	case c.KeeperListen != nil:
		f.apartFromNodes(c)
		f.vault(c)
	default:
		f.public(c)
		f.vault(c)
	}
	f.publicURL(c.PublicURL)
	f.place(c.Bucket, "bucket")
	f.limits(c.Limits)
	f.recovery(c)
	return errors.Join(f...)
}

func (f *findings) hostPort(address, field string) {
	f.required(address, field)
	if address == "" {
		return
	}
	_, port, err := net.SplitHostPort(address)
	_, errPort := strconv.ParseUint(port, 10, 16)
	f.refuse(err != nil || errPort != nil, field, "host:port, such as 0.0.0.0:8443")
}

// public is what a listener for everybody needs.
func (f *findings) public(c *Config) {
	f.hostPort(c.Listen, "listen")
	f.required(c.TLS.CertFile, "tls.cert_file")
	f.required(c.TLS.KeyFile, "tls.key_file")
}

func (f *findings) publicURL(text string) {
	f.required(text, "public_url")
	if u, err := url.Parse(text); text != "" {
		f.refuse(err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "",
			"public_url", "https and a host, such as https://coffre.example.fr")
	}
}

// vault is what whoever holds the keys needs.
func (f *findings) vault(c *Config) {
	f.required(c.DataDir, "data_dir")
	f.place(c.Anchors, "anchors")
	f.apart(c.Bucket, c.Anchors)
	f.required(c.Secrets.MasterFile, "secrets.master_file")
	f.refuse(c.Secrets.MasterEpoch == 0, "secrets.master_epoch", "1 or more")
	f.formerMasters(c.Secrets)
	f.required(c.Secrets.SigningFile, "secrets.signing_file")
	f.required(c.Secrets.PepperFile, "secrets.pepper_file")
	f.refuse(c.Genesis.IsZero(), "genesis", "is required: it stands in what init wrote, and its fingerprint on the key card")
	f.issuers(c.Issuers)
	f.local(c)
	f.refuse(c.TrailRetention.Months == 0, "trail_retention", "state how long the trail is kept: people are told (CPCE R.55-4); there is no default")
}

// node is what an API node needs, and what it must not have: whoever takes this
// machine finds no way in on it.
func (f *findings) node(c *Config) {
	f.public(c)
	f.between(c.Keeper.Dial, c.Keeper.Pair, "keeper", "dial")
	const secret = "no secret on an API node: whoever takes this machine must find none. It belongs to the keeper's file"
	s := c.Secrets
	f.refuse(s.MasterFile != "" || s.MasterEpoch != 0 || len(s.FormerMasters) > 0 || s.SigningFile != "" || s.PepperFile != "", "secrets", secret)
	const elsewhere = "belongs to the keeper's file, an API node keeps nothing: take it out"
	f.refuse(c.DataDir != "", "data_dir", elsewhere)
	f.refuse(c.Anchors != Place{}, "anchors", elsewhere)
	f.refuse(c.SingleKeeper, "single_keeper", elsewhere)
	f.refuse(c.Hosting.HDS, "hosting", elsewhere)
	f.refuse(!c.Genesis.IsZero(), "genesis", elsewhere)
	f.refuse(len(c.Issuers) > 0 && c.Local == nil, "issuers", elsewhere)
	f.refuse(c.Local != nil, "local", whole)
	f.refuse(c.TrailRetention.Months != 0, "trail_retention", elsewhere)
}

// apartFromNodes is what the keeper's own listener needs, and that there is no
// other.
func (f *findings) apartFromNodes(c *Config) {
	f.between(c.KeeperListen.Address, c.KeeperListen.Pair, "keeper_listen", "address")
	f.refuse(c.Local != nil, "local", whole)
	const nodes = "the keeper serves API nodes only: take it out"
	f.refuse(c.Listen != "", "listen", nodes)
	f.refuse(c.TLS != TLS{}, "tls", nodes)
	f.refuse(c.Reflection, "reflection", nodes)
}

// between is the way between node and keeper.
func (f *findings) between(address string, p Pair, field, at string) {
	if path := Socket(address); path != "" {
		f.refuse(!filepath.IsAbs(path), field+"."+at, "unix:// and an absolute path, such as unix:///run/coffre/keeper.sock")
		f.refuse(p != Pair{}, field+".ca_file", "a unix socket has no certificates: its folder says who may come")
		return
	}
	f.hostPort(address, field+"."+at)
	f.required(p.CAFile, field+".ca_file")
	f.required(p.CertFile, field+".cert_file")
	f.required(p.KeyFile, field+".key_file")
}

// whole says why nodes serve no accounts of their own: whoever takes a node would
// read every password typed there (ADR 22).
const whole = "accounts of the service's own need one coffred that is both node and keeper: take it out, or put keeper and node together"

// local is what accounts of the service's own need.
func (f *findings) local(c *Config) {
	if c.Local == nil {
		return
	}
	const one = 200 // characters
	f.refuse(!c.Local.Persons && !c.Local.Agents, "local", "persons, agents, or both")
	f.refuse(len([]rune(c.Local.Help)) > one || strings.ContainsFunc(c.Local.Help, unicode.IsControl), "local.help", "one sentence of at most 200 characters")
	n := slices.IndexFunc(c.Issuers, func(i Issuer) bool { return i.Name == LocalName })
	f.refuse(n >= 0 && c.Issuers[n].Issuer != c.LocalIssuer(), "issuers", "another name than local, which is that of the service's own accounts")
}

func (f *findings) formerMasters(s Secrets) {
	seen := map[uint64]bool{}
	for n, m := range s.FormerMasters {
		field := fmt.Sprintf("secrets.former_masters[%d].", n)
		f.refuse(m.Epoch == 0 || m.Epoch >= s.MasterEpoch, field+"epoch", "1 or more, and lower than master_epoch")
		f.refuse(m.Epoch != 0 && seen[m.Epoch], field+"epoch", "is given twice")
		f.required(m.File, field+"file")
		f.refuse(m.File != "" && m.File == s.MasterFile, field+"file", "another file than master_file")
		seen[m.Epoch] = true
	}
}

func (f *findings) place(p Place, field string) {
	f.refuse((p.Dir == "") == (p.S3 == nil), field, "exactly one of dir and s3")
	if p.S3 == nil {
		return
	}
	s := field + ".s3."
	u, err := url.Parse(p.S3.Endpoint)
	f.refuse(err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "",
		s+"endpoint", "https (or http) and a host, such as https://s3.example.fr")
	f.required(p.S3.Bucket, s+"bucket")
	f.required(p.S3.CredentialsFile, s+"credentials_file")
}

// apart refuses a second place that is the first: who rewrites the one would
// rewrite the other.
func (f *findings) apart(bucket, anchors Place) {
	switch {
	case bucket.Dir != "" && anchors.Dir != "":
		within := func(dir, of string) bool {
			rel, err := filepath.Rel(of, dir)
			return err == nil && filepath.IsLocal(rel)
		}
		f.refuse(within(anchors.Dir, bucket.Dir) || within(bucket.Dir, anchors.Dir), "anchors.dir", "another folder than the bucket's, better another machine's")
	case bucket.S3 != nil && anchors.S3 != nil:
		f.refuse(bucket.S3.Endpoint == anchors.S3.Endpoint && bucket.S3.Bucket == anchors.S3.Bucket, "anchors.s3", "another bucket, better another provider's")
	}
}

func (f *findings) issuers(all []Issuer) {
	f.refuse(len(all) == 0, "issuers", "name at least one")
	names, addresses := map[string]bool{}, map[string]bool{}
	for n, i := range all {
		field := fmt.Sprintf("issuers[%d].", n)
		f.required(i.Name, field+"name")
		f.required(i.DisplayName, field+"display_name")
		f.required(i.Issuer, field+"issuer")
		f.required(i.ClientID, field+"client_id")
		f.refuse(i.Name != "" && names[i.Name], field+"name", "is given twice")
		f.refuse(i.Issuer != "" && addresses[i.Issuer], field+"issuer", "is given twice")
		names[i.Name], addresses[i.Issuer] = true, true
		for _, alg := range i.Algs {
			f.refuse(!slices.Contains([]string{"ES256", "RS256", "PS256", "EdDSA"}, alg), field+"algs", "ES256, RS256, PS256 or EdDSA")
		}
		f.refuse(slices.Contains(i.StrongACRs, ""), field+"strong_acrs", "no empty class: a login without one would count as strong")
		f.refuse(slices.Contains(i.StrongAMRs, ""), field+"strong_amrs", "no empty method")
		f.refuse(slices.Contains([]string{"iss", "sub", "aud", "email"}, i.SIRETClaim), field+"siret_claim", "the claim that holds a SIRET")
		// A user id is the strictest reader of an issuer's address.
		_, err := auth.NewUserID(i.Issuer, "x")
		f.refuse(i.Issuer != "" && err != nil, field+"issuer", "https, as in the discovery document (http on a loopback address only)")
	}
}

func (f *findings) recovery(c *Config) {
	least, rule := time.Second, "1s to 720h, in whole seconds"
	if chain.Realm(c.Realm) != chain.RealmDev {
		least, rule = vault.KitDelayMin, "24h to 720h, in whole seconds"
	}
	d := c.Recovery.Delay
	f.refuse(d < least || d > maxKitDelay || d%time.Second != 0, "recovery.delay", rule)
}

func (f *findings) limits(l Limits) {
	f.refuse(l.MaxDocumentMiB < 1 || l.MaxDocumentMiB > defaultMaxDocument, "limits.max_document_mib", "1 to 100")
	f.refuse(l.MaxSafeMiB < defaultMaxDocument || l.MaxSafeMiB > 1<<20, "limits.max_safe_mib", "100 to 1048576")
	f.refuse(l.ConsentDays < vault.ConsentDays || l.ConsentDays > vault.ConsentDaysLong, "limits.consent_days", "182 to 365")
	for _, d := range []struct {
		field string
		value time.Duration
	}{
		{"session_idle", l.SessionIdle}, {"shared_idle", l.SharedIdle}, {"session_max", l.SessionMax}, {"unlock_idle", l.UnlockIdle},
	} {
		f.refuse(d.value < time.Second || d.value > defaultSessionMax || d.value%time.Second != 0, "limits."+d.field, "1s to 10h, in whole seconds")
	}
}
