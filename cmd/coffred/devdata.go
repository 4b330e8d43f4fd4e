package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"path/filepath"
	"time"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/localop"
	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/cmd/internal/server"
	"github.com/coffre-fort/coffre/cmd/internal/tour"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/keeper"
)

// What else lies in the folder of a development server.
const (
	fileCert   = "tls/cert.pem"
	fileKey    = "tls/key.pem"
	filePeople = "prints/personnes.json"
	fileLog    = "coffred.log"
	dirPrints  = "prints"
	dirBucket  = "bucket"
	dirAnchors = "anchors"
	dirData    = "data"
)

// certLife is how long a development certificate lasts: nobody renews it.
const certLife = 10 * 365 * 24 * time.Hour

// foundDev makes a development vault in dir: keys, sheets, certificate, genesis,
// people who do not exist, and last the configuration that says it is whole.
func foundDev(ctx context.Context, dir string, bucket config.Place, listen string) error {
	f, err := newFounding(chain.RealmDev)
	if err != nil {
		return err
	}
	w := f.written()
	w.Bucket, w.Anchors, w.DataDir = bucket, config.Place{Dir: dirAnchors}, dirData
	w.CertFile, w.KeyFile, w.TrailRetention = fileCert, fileKey, "1m"
	if w.Listen, err = freePort(ctx, listen); err != nil {
		return err
	}
	issuer, err := freePort(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.PublicURL = "https://" + w.Listen
	w.Issuers = []config.Issuer{{
		Name: "local", DisplayName: "Compte local (DEV)", Issuer: "http://" + issuer,
		ClientID: server.CommandLine, Algs: []string{"ES256"},
	}}
	host, _, err := net.SplitHostPort(w.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	cert, key, err := devCertificate(host)
	if err != nil {
		return err
	}
	conf, err := w.Text()
	if err != nil {
		return err
	}
	files := f.files(conf)
	files = append(files[:len(files)-1], newFile{fileCert, cert}, newFile{fileKey, key})
	if err := absent(dir, append(files, newFile{name: fileConfig}, newFile{name: filePeople})); err != nil {
		return err
	}
	if err := writeAll(dir, files); err != nil {
		return err
	}
	cfg, err := config.Parse(conf, dir)
	if err != nil {
		return fmt.Errorf("found: %w", err)
	}
	people, err := f.populate(ctx, cfg)
	if err != nil {
		return err
	}
	if err := people.Write(filepath.Join(dir, filePeople)); err != nil {
		return err
	}
	return writeAll(dir, []newFile{{fileConfig, conf}})
}

// populate writes the genesis and adds the accounts of the people.
func (f *founding) populate(ctx context.Context, cfg config.Config) (tour.People, error) {
	stores, err := server.OpenStores(ctx, cfg)
	if err != nil {
		return tour.People{}, err
	}
	err = empty(ctx, stores.Bucket)
	if err == nil {
		err = f.commit(ctx, stores.Bucket)
	}
	if err := errors.Join(err, stores.Close()); err != nil {
		return tour.People{}, err
	}
	people := tour.Cast()
	people.Issuer = cfg.Issuers[0].Issuer
	log := slog.New(slog.DiscardHandler)
	err = server.WithKeeper(ctx, cfg, log, func(k *keeper.Keeper, _ server.Stores) error {
		p, err := server.OpenLocal(ctx, k, people.Issuer, log)
		if err != nil {
			return err
		}
		for _, one := range people.Roles() {
			if err := addAccount(ctx, p, one.Person); err != nil {
				return err
			}
		}
		return addStructure(ctx, k, &people)
	})
	return people, err
}

// addAccount gives somebody an account, and agents the second factor they need.
func addAccount(ctx context.Context, p *localop.Provider, one *tour.Person) (err error) {
	one.Password = localop.GeneratePassword()
	one.Subject, err = p.AddAccount(ctx, localop.Account{Login: one.Login, Name: one.Name, Password: one.Password})
	if err == nil && one.IsAgent() {
		one.OTP, err = p.EnrolOTP(ctx, one.Login)
	}
	if err != nil {
		return fmt.Errorf("account: %w", err)
	}
	return nil
}

// devTenure is how long the agents of a development server stay: no longer than
// a civic service may.
const devTenure = 180 * 24 * time.Hour

// addStructure begins the structure with everybody who works there.
func addStructure(ctx context.Context, k *keeper.Keeper, people *tour.People) error {
	act := vault.AddStructure{SIRET: tour.StructureSIRET, Name: tour.StructureName}
	until := time.Now().UTC().Truncate(24 * time.Hour).Add(devTenure)
	var team []*tour.Person
	for _, one := range people.Roles() {
		if !one.IsAgent() {
			continue
		}
		login, err := auth.NewUserID(people.Issuer, one.Subject)
		if err != nil {
			return fmt.Errorf("agent: %w", err)
		}
		team, act.Agents = append(team, one.Person), append(act.Agents, vault.NewAgent{
			Login: login, Name: one.Name, Functions: one.Functions, Until: until,
		})
	}
	act.Manager, act.Agents = act.Agents[0], act.Agents[1:]
	structure, agents, err := k.AddStructure(ctx, act)
	if err != nil {
		return fmt.Errorf("structure: %w", err)
	}
	people.Structure = structure
	for i, id := range agents {
		team[i].Agent = id
	}
	return nil
}

// freePort answers an address of this machine that nobody listens on, for good:
// it is written down, so that a restart is found where it was.
func freePort(ctx context.Context, address string) (string, error) {
	lis, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	free := lis.Addr().String()
	if err := lis.Close(); err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	return free, nil
}

// devCertificate is self-signed, carries the mark of development, and names this
// machine and the host that is listened on.
func devCertificate(host string) (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate: %w", err)
	}
	now := time.Now()
	template := x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: "localhost", Organization: []string{config.DevMark}},
		NotBefore:    now.Add(-time.Hour), NotAfter: now.Add(certLife),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if ip := net.ParseIP(host); ip != nil && !ip.IsUnspecified() {
		template.IPAddresses = append(template.IPAddresses, ip)
	} else if ip == nil && host != "" {
		template.DNSNames = append(template.DNSNames, host)
	}
	raw, err := x509.CreateCertificate(rand.Reader, &template, &template, private.Public(), private)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, fmt.Errorf("certificate: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
