package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/coffre-fort/coffre/auth"
	"github.com/coffre-fort/coffre/auth/localop"
	"github.com/coffre-fort/coffre/cmd/internal/config"
	"github.com/coffre-fort/coffre/vault"
	"github.com/coffre-fort/coffre/vault/chain"
	"github.com/coffre-fort/coffre/vault/keeper"
	"github.com/coffre-fort/coffre/vault/link"
	"github.com/coffre-fort/coffre/vault/papers"
	"github.com/coffre-fort/coffre/vault/rpc"
)

// A Config is what a [Server] is made of.
type Config struct {
	// File is the checked configuration.
	File config.Config
	// LocalIssuer, when set, is the address of the local provider to serve as
	// well: one of File's issuers, on a loopback address. Development only.
	LocalIssuer string
	// Log is required.
	Log *slog.Logger
}

// A Server is a whole service that is ready to serve. Close must be called.
type Server struct {
	stores Stores
	keeper *keeper.Keeper // nil on an API node
	// upstream is the connection to the keeper; nil but on an API node.
	upstream *grpc.ClientConn
	rpc      *rpc.Server
	lis      net.Listener
	site     *site // the local provider of a development server; nil without
	// accounts are the service's own, on the API's port; nil without.
	accounts *localop.Provider
	admin    *site // the operator's socket; nil without
	log      *slog.Logger
	stopped  bool
}

// Open puts the service together and takes its ports. Nobody is served before
// [Server.Run].
func Open(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Log == nil {
		return nil, errors.New("server: no logger")
	}
	if cfg.LocalIssuer != "" && chain.Realm(cfg.File.Realm) != chain.RealmDev {
		return nil, errors.New("server: the embedded provider with fictitious people is for development only")
	}
	s := &Server{log: cfg.Log}
	open := s.open
	if cfg.File.Keeper != nil {
		open = s.openNode
	}
	if err := open(ctx, cfg); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// open puts together what holds the keys: a whole service, or the keeper alone.
func (s *Server) open(ctx context.Context, cfg Config) (err error) {
	if s.stores, err = OpenStores(ctx, cfg.File); err != nil {
		return err
	}
	if err := probe(ctx, cfg.File, s.stores.Bucket); err != nil {
		return err
	}
	kc, err := KeeperConfig(cfg.File, s.stores, cfg.Log)
	if err != nil {
		return err
	}
	// The port first: a second keeper on the bucket would end the first one.
	var tc *tls.Config
	if s.lis, tc, err = listen(ctx, cfg.File); err != nil {
		return err
	}
	if s.keeper, err = keeper.Open(ctx, kc); err != nil {
		return fmt.Errorf("open the vault: %w", err)
	}
	if s.admin, err = openAdmin(ctx, cfg.File, s.keeper, cfg.Log); err != nil {
		return err
	}
	if cfg.LocalIssuer != "" {
		if s.site, err = openSite(ctx, s.keeper, cfg.LocalIssuer, cfg.Log); err != nil {
			return err
		}
	}
	if s.accounts, err = openAccounts(ctx, s.keeper, cfg.File, cfg.Log); err != nil {
		return err
	}
	s.rpc, err = s.api(cfg, kc.Kinds, tc)
	return err
}

// listen takes the listener that the configuration says: for everybody, or for
// API nodes.
func listen(ctx context.Context, cfg config.Config) (net.Listener, *tls.Config, error) {
	if cfg.KeeperListen != nil {
		return listenNodes(ctx, cfg)
	}
	cert, err := loadCertificate(cfg)
	if err != nil {
		return nil, nil, err
	}
	lis, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return nil, nil, fmt.Errorf("listen: %w", err)
	}
	return lis, &tls.Config{GetCertificate: cert.get, MinVersion: tls.VersionTLS13}, nil
}

func (s *Server) api(cfg Config, kinds *papers.Catalogue, tc *tls.Config) (*rpc.Server, error) {
	profiles, issuers := trusted(cfg)
	party, err := auth.New(auth.Config{Profiles: profiles, Transport: s.transport(cfg.File)})
	if err != nil {
		return nil, fmt.Errorf("issuers: %w", err)
	}
	v, err := vault.New(vault.Config{Keeper: s.keeper, Bucket: s.stores.Bucket, MaxDocument: cfg.File.Limits.MaxDocumentMiB << 20})
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	public, err := url.Parse(cfg.File.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("public_url: %w", err)
	}
	conf := rpc.Config{
		Vault: v, RelyingParty: party, Issuers: issuers, Kinds: kinds, TLS: tc, Log: cfg.Log,
		SessionMax: cfg.File.Limits.SessionMax, Reflection: reflection(cfg.File), TrailMonths: cfg.File.TrailRetention.Months,
		Audience: cfg.File.PublicURL, PublicURL: public, Pages: pages(s.accounts, cfg.File.LocalIssuer()),
		HealthPapers: cfg.File.Hosting.HDS,
	}
	conf.Anchors = s.keeper.Anchoring
	if cfg.File.KeeperListen != nil {
		conf.Nodes, conf.Pages = &rpc.Nodes{
			Register: func(g grpc.ServiceRegistrar) { link.Serve(g, s.keeper) }, Greeted: link.Greeted(realmOf(cfg.File)),
		}, nil
	}
	api, err := rpc.NewServer(conf)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	return api, nil
}

// trusted are the issuers as the relying party trusts them, and as people are
// offered them.
func trusted(cfg Config) ([]auth.Profile, []rpc.Issuer) {
	var profiles []auth.Profile
	var offered []rpc.Issuer
	for _, i := range cfg.File.Issuers {
		p := auth.Generic(i.Name, i.Issuer, i.ClientID)
		if i.Issuer == cfg.LocalIssuer || cfg.File.Local != nil && i.Issuer == cfg.File.LocalIssuer() {
			p = auth.Local(i.Issuer, i.ClientID)
		}
		p.OtherClientIDs, p.ACRs = i.OtherClientIDs, i.ACRs
		p.StrongACRs, p.SIRETClaim = i.StrongACRs, i.SIRETClaim
		if cfg.File.Local != nil && !cfg.File.Local.Agents && i.Issuer == cfg.File.LocalIssuer() {
			p.StrongAMRs = nil // accounts of persons only: nobody acts as an agent with one
		}
		if i.StrongAMRs != nil { // an empty list is an answer too
			p.StrongAMRs = i.StrongAMRs
		}
		if len(i.Algs) > 0 {
			p.Algs = i.Algs
		}
		profiles = append(profiles, p)
		offered = append(offered, rpc.Issuer{Name: i.Name, DisplayName: i.DisplayName, URL: i.Issuer, ClientID: i.ClientID})
	}
	return profiles, offered
}

// transport is how issuers are asked: nil for the relying party's own way.
func (s *Server) transport(cfg config.Config) http.RoundTripper {
	if s.accounts == nil {
		return nil
	}
	beyond := http.DefaultTransport.(*http.Transport).Clone()
	beyond.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	return within{cfg.LocalIssuer(), s.accounts.Handler(), beyond}
}

// Addr is the address of the API's listener.
func (s *Server) Addr() net.Addr { return s.lis.Addr() }

// Keeper is the service's keeper, for the administration of a development
// server and its verification; nil on an API node.
func (s *Server) Keeper() *keeper.Keeper { return s.keeper }

// Stores are where the service keeps objects.
func (s *Server) Stores() Stores { return s.stores }

// Run serves until ctx ends or a listener breaks, lets the calls under way end,
// and stops. [Server.Close] is still to be called.
func (s *Server) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.rpc.Serve(s.lis) })
	for _, also := range []*site{s.site, s.admin} {
		if also != nil {
			g.Go(also.serve)
		}
	}
	g.Go(func() error {
		<-ctx.Done()
		return s.stop(context.WithoutCancel(ctx))
	})
	if err := g.Wait(); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// stop ends what serves: nothing asks the keeper any more when it returns.
func (s *Server) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	return errors.Join(s.rpc.Shutdown(ctx), s.site.stop(ctx), s.admin.stop(ctx))
}

// Close stops what still serves, closes the keeper and then the stores. It may
// be called again.
func (s *Server) Close() error {
	if s.stopped {
		return nil
	}
	s.stopped = true
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	var errs []error
	if s.rpc != nil {
		errs = append(errs, s.rpc.Shutdown(ctx))
	}
	errs = append(errs, s.site.stop(ctx), s.admin.stop(ctx))
	if s.lis != nil {
		if err := s.lis.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.upstream != nil {
		errs = append(errs, s.upstream.Close())
	}
	if s.keeper != nil {
		errs = append(errs, s.keeper.Close())
	}
	if s.stores.Bucket != nil {
		errs = append(errs, s.stores.Close())
	}
	return errors.Join(errs...)
}
